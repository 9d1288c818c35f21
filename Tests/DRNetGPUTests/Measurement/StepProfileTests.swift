import Foundation
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

@Suite struct StepProfileTests {
  private static let steps: [[ProfileSpan]] = [
    [
      ProfileSpan(name: "long", detail: "A=1", start: 10, end: 13),
      ProfileSpan(name: "short", detail: "", start: 13, end: 14),
    ],
    [
      ProfileSpan(name: "long", detail: "A=1", start: 20, end: 25),
      ProfileSpan(name: "short", detail: "", start: 26, end: 27),
    ],
  ]
  private static let work = Work(operations: 80, bytes: 4)

  @Test func rowsAreMeansOverSteps() {
    let profile = StepProfile(Self.steps, work: ["long": Self.work])
    #expect(
      profile.rows == [
        StepProfile.Row(name: "long", calls: 1, seconds: 4, share: 0.8, work: Self.work),
        StepProfile.Row(name: "short", calls: 1, seconds: 1, share: 0.2, work: .none),
      ])
    #expect(profile.busySeconds == 5)
    // From 10 to 14 and from 20 to 27.
    #expect(profile.stepSeconds == Sample([4, 7]))
  }

  @Test func theLimitIsTheSlowerOfArithmeticAndMemory() {
    let limits = DeviceLimits(operationsPerSecond: 100, bytesPerSecond: 10)
    #expect(limits.seconds(Work(operations: 80, bytes: 4)) == 0.8)
    #expect(limits.seconds(Work(operations: 10, bytes: 4)) == 0.4)
  }

  @Test func aTraceHoldsEverySpanInMicroseconds() throws {
    let data = try TraceFile(StepProfile(Self.steps, work: [:]), device: "a \"device\"").data()
    let document = try JSONValue(parsing: data)
    guard case .array(let events)? = document["traceEvents"] else {
      Issue.record("no traceEvents")
      return
    }
    let spans = events.filter { $0["ph"] == .string("X") }
    #expect(
      spans.compactMap { $0["name"] } == ["step 1", "long", "short", "step 2", "long", "short"].map(JSONValue.string))
    #expect(spans[1]["ts"] == .number("0") && spans[1]["dur"] == .number("3000000"))
    #expect(spans[4]["ts"] == .number("10000000"))
    #expect(spans[1]["args"]?["detail"] == .string("A=1"))
    let names = events.filter { $0["ph"] == .string("M") }.compactMap { $0["args"]?["name"] }
    #expect(names.contains(.string("a \"device\"")))
  }

  @Test(arguments: BenchmarkStep.Network.allCases)
  func theCPUBackendIsProfiledByOp(_ network: BenchmarkStep.Network) throws {
    let settings = BenchmarkStep.Settings.tiny(network)
    let profile = try StepProfile(settings, warmUp: 1, steps: 2, on: CPUBackend())
    let counts = try OpCensus.ofStep(settings)
    #expect(profile.steps.map(\.count) == [Int](repeating: counts.reduce(0) { $0 + $1.count }, count: 2))
    #expect(profile.rows.reduce(.none) { $0 + $1.work } == counts.work)
    #expect(abs(profile.rows.reduce(0) { $0 + $1.share } - 1) < 1e-9)
  }

  /// The operations of an op are counted once, however many kernels it takes.
  @Test func theWorkOfAnOpIsDividedAmongItsKernels() throws {
    let device = DeviceTraits(kind: .cpu, computeUnits: 2, maxWorkGroupSize: 64, localMemoryBytes: 1 << 15)
    for name in OpName.allCases {
      for parityCase in name.type.parityCases {
        let entry = OpCount(op: parityCase.op, inputs: parityCase.inputs, count: 1)
        let shares = entry.workByKernel(on: device, seconds: [:])
        #expect(shares.values.reduce(0) { $0 + $1.operations } == entry.work.operations, "\(name) \(parityCase.name)")
        #expect(Set(shares.keys) == Set(parityCase.op.plan(parityCase.inputs, on: device).launches.map(\.kernel)))
      }
    }
  }
}

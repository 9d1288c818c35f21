import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Runs the whole catalogue on the device and holds it against the references.
///
/// Every case runs with guard words round each buffer and outputs that start as NaN, twice for equal bits, and its padding
/// must still be zero afterwards. The launches of GPUs are checked on any device too: they are only cut differently.
@Suite("Parity", .serialized, .exclusiveDevice)
struct ParityTests {
  /// DRNET_TEST_SMALL=1 leaves out what would take a checker hours.
  private static let isSmall = ProcessInfo.processInfo.environment["DRNET_TEST_SMALL"] == "1"
  private static let seed: UInt64 = 1

  /// Features with padding in channels, in a halo, in both and in neither.
  private static let paddedTypes: [TensorType] = [
    .features(1, 1), .features(3, 21), .features(2, 16), .features(3, 1, 1, 2), .features(2, 3, 5, 7),
    .features(3, 16, 4, 5), .features(2, 32, 7, 3), .features(2, 17, 5, 4), .features(2, 5, 3, 1),
  ]

  @Test("The platform is the one that was asked for")
  func platform() throws {
    guard let expected = ProcessInfo.processInfo.environment["DRNET_TEST_PLATFORM"] else { return }
    #expect(try #require(TestDevice.device).facts.platform.contains(expected))
  }

  /// DRNET_MEMORY=separate is for checkers that watch the bounds of buffers themselves.
  private func backend(_ launches: Launches, on device: OpenCLDevice) throws -> OpenCLBackend {
    let isChosen = ProcessInfo.processInfo.environment[MemoryMode.environmentVariable] != nil
    return try OpenCLBackend(
      device, memoryMode: isChosen ? .fromEnvironment() : .guarded, library: .embedded, programFolder: .standard,
      traits: launches.traits(of: device.facts))
  }

  /// The launches of a case, which several kinds of devices may share.
  private struct PlannedCase: Hashable {
    let op: OpName
    let name: String
    let plan: LaunchPlan
  }

  @Test("Every op of the catalogue computes its reference, and every kernel is run")
  func catalogue() throws {
    guard TestDevice.isThere || !TestDevice.mayBeAbsent else { return }
    let device = try #require(TestDevice.device)
    var caseCount = 0
    var skippedCount = 0
    var variants: Set<KernelVariant> = []
    var planned: Set<PlannedCase> = []
    let selection = CaseSelection.environment
    for launches in Launches.allCases {
      let backend = try backend(launches, on: device)
      for name in OpName.allCases {
        let cases = name.type.parityCases.filter { $0.isSmall || !Self.isSmall }
        #expect(!cases.isEmpty, "\(name) has no case")
        skippedCount += name.type.parityCases.count - cases.count
        for parityCase in cases where try selection.contains(name, parityCase, launches.rawValue) {
          let plan = parityCase.op.plan(parityCase.inputs, on: backend.traits)
          let isNew = planned.insert(PlannedCase(op: name, name: parityCase.name, plan: plan)).inserted
          guard isNew || !selection.isAll else { continue }
          let share = try check(parityCase, launches, on: backend)
          selection.report(name, parityCase, launches.rawValue, "\(share) of the tolerance")
          caseCount += 1
        }
      }
      guard selection.isAll else { continue }
      for type in Self.paddedTypes { try checkClearing(type, on: backend) }
      try MultiplyAddPeak(turns: 1, on: backend.traits).run(on: backend)
      let overruns = try backend.overruns()
      #expect(overruns.isEmpty, "written outside: \(overruns)")
      variants.formUnion(backend.enqueuedKernels)
    }
    #expect(caseCount > 0)
    guard selection.isAll else { return }
    let names = KernelLibrary.embedded.kernelNames
    let notRun = names.subtracting(variants.map(\.kernel))
    #expect(notRun.isEmpty, "not run: \(notRun.sorted())")
    let counts = "\(caseCount) cases, \(variants.count) kernels, \(skippedCount) skipped"
    print("\(OpName.allCases.count) ops, \(counts) on \(device.facts.platform)")
  }

  /// - Returns: the largest error, as a share of the tolerance.
  private func check(
    _ parityCase: ParityCase, _ launches: Launches, on backend: OpenCLBackend
  ) throws -> Double {
    let label = "\(type(of: parityCase.op).name) \(parityCase.name), \(launches.rawValue), seed \(Self.seed)"
    let precision = backend.traits.precision
    let hosts = parityCase.drawInputs(seed: Self.seed, precision: precision)
    let expected = runReference(parityCase.op, parityCase.inputs, hosts.map { $0.values.map(Double.init) })
    func run() throws -> [Tensor] {
      let inputs = try zip(hosts, parityCase.inputs).map { try backend.upload($0, as: $1.role) }
      let outputs = try backend.run(parityCase.op, inputs)
      for (input, host) in zip(inputs, hosts) {
        #expect(try backend.download(input) == host, "\(label): an input was changed")
      }
      return outputs
    }
    let outputs = try run()
    var worst = 0.0
    for (index, output) in outputs.enumerated() {
      let found = try backend.download(output)
      let tolerance = parityCase.tolerance.stored(in: BlockedLayout(output.type, precision))
      let share = ToleranceShare(found.values.map(Double.init), expected[index], tolerance)
      #expect(share.share <= 1, "\(label), output \(index): \(share)")
      worst = max(worst, share.share)
      let padded = BlockedLayout(output.type).pack(found)
      #expect(try bits(backend.deviceValues(output)) == bits(padded), "\(label), output \(index): padding is not zero")
    }
    for (first, second) in zip(outputs, try run()) {
      #expect(try bits(backend.deviceValues(first)) == bits(backend.deviceValues(second)), "\(label): bits differ")
    }
    return worst
  }

  /// Ones in all memory of a tensor must stay where it holds elements, and become zero elsewhere.
  private func checkClearing(_ type: TensorType, on backend: OpenCLBackend) throws {
    let layout = BlockedLayout(type, backend.traits.precision)
    let ones = Float(bitPattern: layout.isHalf ? 0x3C00_3C00 : 0x3F80_0000)
    let memory = try backend.upload(HostTensor([layout.floats], repeating: ones), as: .plain)
    let clearing = try #require(KernelLaunch.clearPadding(of: type, on: backend.traits))
    try backend.enqueue(backend.prepare(LaunchPlan([clearing])), [], [memory])
    var expected = [Float](repeating: 0, count: layout.floats)
    expected.withUnsafeMutableBytes { layout.pack(HostTensor(type.shape, repeating: 1), into: $0.baseAddress!) }
    #expect(try bits(backend.deviceValues(memory)) == bits(expected), "\(type)")
  }

  private func bits(_ values: [Float]) -> [UInt32] { values.map { ($0 == 0 ? 0 : $0).bitPattern } }

  @Test("Ops that may work in place give the same bits there", arguments: Launches.allCases)
  func inPlace(_ launches: Launches) throws {
    let backend = try backend(launches, on: #require(TestDevice.device))
    for name in OpName.allCases where !name.type.inPlace.isEmpty {
      for parityCase in name.type.parityCases where parityCase.isSmall {
        try checkInPlace(parityCase, launches, on: backend)
      }
    }
  }

  private func checkInPlace(_ parityCase: ParityCase, _ launches: Launches, on backend: OpenCLBackend) throws {
    let op = type(of: parityCase.op)
    let hosts = parityCase.drawInputs(seed: Self.seed, precision: backend.traits.precision)
    func upload() throws -> [Tensor] {
      try zip(hosts, parityCase.inputs).map { try backend.upload($0, as: $1.role) }
    }
    let apart = try backend.run(parityCase.op, upload())
    let inputs = try upload()
    let together = try apart.enumerated().map { index, output in
      try op.inPlace[index].map { inputs[$0] } ?? backend.allocate(output.type)
    }
    try backend.run(parityCase.op, inputs, into: together)
    for (first, second) in zip(apart, together) {
      #expect(
        try bits(backend.deviceValues(first)) == bits(backend.deviceValues(second)),
        "\(op.name) \(parityCase.name), \(launches.rawValue)")
    }
  }

  @Test("An output in the memory of an input that the op does not declare traps")
  func undeclaredSharing() async {
    await #expect(processExitsWith: .success) {
      let backend = try OpenCLBackend(#require(TestDevice.device))
      let x = try backend.upload(HostTensor([1, 2]), as: .features)
      let y = try backend.run(ActivationForward(activation: .relu), [x])[0]
      try backend.run(Add(), [x, y], into: [x])
      try backend.finish()
    }
    await #expect(processExitsWith: .failure) {
      let backend = try OpenCLBackend(#require(TestDevice.device))
      let x = try backend.upload(HostTensor([1, 2]), as: .features)
      try backend.run(ActivationForward(activation: .relu), [x], into: [x])
    }
  }
}

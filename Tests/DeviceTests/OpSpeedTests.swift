import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// How fast ops run: a small product, or the cases that are selected.
@Suite("Speed of ops", .serialized, .enabled(if: TestDevice.isThere), .exclusiveDevice)
struct OpSpeedTests {
  private static let selection: CaseSelection = {
    let environment = CaseSelection.environment
    return environment.isAll ? CaseSelection(op: "linearForward", pattern: "odd extents") : environment
  }()

  @Test("on the device, with the launches of its kind")
  func device() throws { try measure(on: OpenCLBackend(#require(TestDevice.device)), "device") }

  @Test("on the CPU backend")
  func cpu() throws { try measure(on: CPUBackend(), "CPU backend") }

  private func measure(on backend: any Backend, _ place: String) throws {
    var count = 0
    for name in OpName.allCases {
      for parityCase in name.type.parityCases where try Self.selection.contains(name, parityCase, place) {
        let entry = OpCount(op: parityCase.op, inputs: parityCase.inputs, count: 1)
        let result = try OpBenchmark(entry, on: backend, sampleSeconds: 0.02)
        #expect(result.seconds > 0 && result.seconds.isFinite)
        let rates = [
          String(format: "%.3f ms", 1e3 * result.seconds),
          String(format: "%.2f GFLOP/s", 1e-9 * Double(result.operations) / result.seconds),
          String(format: "%.2f GB/s", 1e-9 * Double(result.bytes) / result.seconds),
        ]
        CaseSelection.environment.report(name, parityCase, place, rates.joined(separator: ", "))
        count += 1
      }
    }
    #expect(count > 0)
  }
}

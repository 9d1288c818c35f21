import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct StepProfileDeviceTests {
  private func backend() throws -> OpenCLBackend { try OpenCLBackend(#require(TestDevice.device), profiling: true) }

  @Test func everyKernelOfAStepIsTimed() throws {
    var settings = BenchmarkStep.Settings()
    (settings.main.width, settings.main.contentDim, settings.main.poseDim, settings.main.batchSize) = (4, 6, 3, 4)
    let backend = try backend()
    let profile = try StepProfile(settings, warmUp: 1, steps: 2, on: backend)
    #expect(Set(profile.rows.map(\.name)) == Set(backend.enqueuedKernels.map(\.kernel)))
    #expect(profile.rows.allSatisfy { $0.seconds > 0 && $0.work.bytes > 0 }, "\(profile.rows)")
    let operations = try OpCensus.ofStep(settings).work.operations
    #expect(profile.rows.reduce(0) { $0 + $1.work.operations } == operations)
  }

  @Test func theLimitsOfTheDeviceAreMeasured() throws {
    let limits = try DeviceLimits.measured(on: backend())
    #expect(limits.operationsPerSecond > 1e8 && limits.operationsPerSecond < 1e16)
    #expect(limits.bytesPerSecond > 1e8 && limits.bytesPerSecond < 1e15)
  }

  @Test func anOpIsTimedOnItsShapes() throws {
    let type = TensorType.features(2, 16, 8, 8)
    let entry = OpCount(op: Add(), inputs: [type, type], count: 3)
    let result = try OpBenchmark(entry, on: OpenCLBackend(#require(TestDevice.device)), sampleSeconds: 0.001)
    #expect(result.inputs == [[2, 16, 8, 8], [2, 16, 8, 8]] && result.count == 3)
    #expect(result.samples.allSatisfy { $0 > 0 } && result.bytes == 3 * 4 * 2048)
  }
}

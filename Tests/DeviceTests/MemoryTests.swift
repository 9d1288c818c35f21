import Testing

@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct MemoryTests {
  @Test func theLimitIsKeptAndExplained() throws {
    let backend = try TestDevice.backend(limit: 10_000)
    let kept = try backend.allocate(TensorType([1500], .plain))
    let error = #expect(throws: AllocationError.self) { try backend.allocate(TensorType([1600], .plain)) }
    #expect(error == .limitExceeded(asked: 6400, held: 6000, limit: 10_000))
    #expect(backend.heldBytes == 6000)
    #expect(try backend.download(kept).shape == [1500])
  }

  @Test func freeMemoryMakesRoomForOtherTypes() throws {
    let backend = try TestDevice.backend(limit: 10_000)
    for count in [1500, 1600, 2500] { _ = try backend.allocate(TensorType([count], .plain)) }
    #expect(backend.heldBytes == 10_000)
  }

  @Test func aTensorLargerThanTheDeviceIsRefused() throws {
    let backend = try TestDevice.backend(limit: .max)
    let elements = try #require(TestDevice.device).facts.memoryBytes
    let error = #expect(throws: AllocationError.self) { try backend.allocate(TensorType([elements], .plain)) }
    guard case .outOfMemory(_, asked: elements * 4, held: 0) = error else {
      Issue.record("not reported as lack of memory: \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    TensorType.features(2, 3, 5, 7), .features(3, 17, 4, 4), .features(2, 21), .filter(17, 3, 4, 4), .channels(5),
  ])
  func reusedMemoryHasZeroPadding(_ type: TensorType) throws {
    let backend = try TestDevice.backend()
    let ones = HostTensor(type.shape, repeating: 1)
    for _ in 0..<3 {
      let tensor = try backend.upload(ones, as: type.role)
      #expect(try backend.deviceValues(tensor) == BlockedLayout(type).pack(ones))
    }
    #expect(backend.heldBytes == BlockedLayout(type).count * 4)
    let next = try backend.allocate(type)
    #expect(try backend.deviceValues(next).reduce(0, +) == Float(type.shape.count))
  }

  @Test(
    arguments: [MemoryMode.separate, .guarded],
    [
      TensorType.features(2, 3, 5, 7), .features(3, 17, 4, 4), .features(2, 21), .features(2, 16), .filter(17, 3, 4, 4),
    ])
  func newTensorsAreNaNWithZeroPadding(_ mode: MemoryMode, _ type: TensorType) throws {
    let backend = try TestDevice.backend(.embedded, mode: mode)
    let values = try backend.deviceValues(try backend.allocate(type))
    #expect(values.count { $0.isNaN } == type.shape.count)
    #expect(values.count { $0 == 0 } == values.count - type.shape.count)
  }

  @Test func guardsShowAnOverrun() throws {
    let backend = try TestDevice.backend(mode: .guarded)
    let type = TensorType([10], .plain)
    for past in [0, 1] {
      let y = try backend.allocate(type)
      let launch = KernelLaunch(
        "overrun", ["y": .output(0), "count": .int(10), "past": .int(past)], over: [1], groups: [1])
      try backend.enqueue(try backend.prepare(LaunchPlan([launch])), [], [y])
      #expect(try backend.overruns() == Array(repeating: type, count: past))
    }
    #expect(try backend.overruns() == [type], "what was found is kept when the tensor is gone")
  }
}

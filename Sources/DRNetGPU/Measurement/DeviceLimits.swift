import TensorEngine

/// What bounds any computation on a device.
package struct DeviceLimits: Equatable, Sendable {
  /// Floating-point operations a second, a multiplication and an addition counted as two.
  package var operationsPerSecond: Double
  package var bytesPerSecond: Double

  package init(operationsPerSecond: Double, bytesPerSecond: Double) {
    self.operationsPerSecond = operationsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }

  /// The least time in which the device can do it.
  package func seconds(_ work: Work) -> Double {
    max(Double(work.operations) / operationsPerSecond, Double(work.bytes) / bytesPerSecond)
  }

  private static let repeats = 5

  /// Measures both limits, best of several runs, by the device's clock.
  /// - Parameter backend: one that profiles.
  package static func measured(on backend: OpenCLBackend) throws -> DeviceLimits {
    let isGPU = backend.traits.kind == .gpu
    let peak = MultiplyAddPeak(turns: isGPU ? 1 << 12 : 1 << 18, on: backend.traits)
    let seconds = try fastest(on: backend) { try peak.run(on: backend) }
    // Three tensors of 64 MiB, which no cache holds.
    let type = TensorType(Shape(16 << 20), .plain)
    let (x, y) = try (backend.allocate(type), backend.allocate(type))
    for tensor in [x, y] { try backend.upload(HostTensor(type.shape, repeating: 1), to: tensor) }
    let sum = try backend.allocate(type)
    let addSeconds = try fastest(on: backend) { try backend.run(Add(), [x, y], into: [sum]) }
    return DeviceLimits(
      operationsPerSecond: Double(peak.operations) / seconds,
      bytesPerSecond: Double(Add().work([type, type]).bytes) / addSeconds)
  }

  private static func fastest(on backend: OpenCLBackend, _ body: () throws -> Void) throws -> Double {
    _ = try backend.takeTimes()
    return try (0..<repeats).map { _ in
      try body()
      return try backend.takeTimes().reduce(0) { $0 + $1.seconds }
    }.min()!
  }
}

/// Sums that nothing but the arithmetic itself can slow down.
struct MultiplyAddPeak {
  private let plan: LaunchPlan
  private let items: Int
  let operations: Int

  /// Vectors that a work-item sums in; enough to hide the latency of a multiply-add.
  private static let sums = 12

  /// - Parameter turns: multiply-adds of each sum.
  init(turns: Int, on device: DeviceTraits) {
    let isGPU = device.kind == .gpu
    let width = isGPU ? 1 : device.nativeVectorWidth >= 16 ? 16 : 8
    // Many items hide latency on a GPU; a few on each core leave none of them idle on a CPU.
    items = device.computeUnits * (isGPU ? 2048 : 8)
    operations = 2 * items * turns * Self.sums * width
    plan = LaunchPlan([
      KernelLaunch(
        "multiply_add_peak", defines: ["WIDTH": "\(width)"],
        ["y": .output(0), "factor": .float(0.5), "turns": .int(turns)], over: [items], groups: isGPU ? nil : [1])
    ])
  }

  func run(on backend: OpenCLBackend) throws {
    let result = try backend.allocate(TensorType(Shape(items), .plain))
    try backend.enqueue(backend.prepare(plan), [], [result])
  }
}

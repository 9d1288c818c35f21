import TensorEngine

/// The peak rates of a device, which bound any computation (the roofline model).
package struct DeviceLimits: Equatable, Sendable {
  /// Floating-point operations per second; a multiply-add counts as two.
  package var operationsPerSecond: Double
  /// Bytes per second from and to memory.
  package var bytesPerSecond: Double

  package init(operationsPerSecond: Double, bytesPerSecond: Double) {
    self.operationsPerSecond = operationsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }

  /// The minimum time that the device needs for some work.
  package func seconds(_ work: Work) -> Double {
    max(Double(work.operations) / operationsPerSecond, Double(work.bytes) / bytesPerSecond)
  }

  private static let repeats = 5

  /// Measures both limits, best of several runs, by the device's clock.
  /// - Parameter backend: a backend with profiling enabled.
  package static func measured(on backend: OpenCLBackend) throws -> DeviceLimits {
    let isGPU = backend.traits.kind == .gpu
    let peak = MultiplyAddPeak(turns: isGPU ? 1 << 12 : 1 << 18, on: backend.traits)
    let seconds = try fastest(on: backend) { try peak.run(on: backend) }
    // Three tensors of 64 MiB, which exceed any cache.
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

/// A kernel whose time is limited by arithmetic alone.
struct MultiplyAddPeak {
  private let plan: LaunchPlan
  private let items: Int
  let operations: Int

  /// Independent vector sums per work-item; enough to hide the latency of a multiply-add.
  private static let sums = 12

  /// - Parameter turns: multiply-adds of each sum.
  init(turns: Int, on device: DeviceTraits) {
    let isGPU = device.kind == .gpu
    let width = isGPU ? 1 : device.nativeVectorWidth >= 16 ? 16 : 8
    // On a GPU many items hide latency; on a CPU a few per core keep all cores busy.
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

import ArgumentParser
import DRNetGPU
import TensorEngine

/// The device to compute on: the same flags for every command that computes.
struct DeviceOptions: ParsableArguments {
  @Option(help: "auto, opencl or cpu; auto picks a GPU, else an accelerator, else an OpenCL CPU device, else the CPU.")
  var backend: BackendChoice = .auto

  @Option(help: "OpenCL device: its index in `drnet devices`, or (part of) its name.")
  var device: String?

  @Option(help: "Maximum bytes for all tensors on the device; K, M and G are powers of 1024.")
  var memoryLimit: ByteCount?

  /// Opens the device; prints on stderr which one and why.
  /// - Parameters:
  ///   - precision: format in which the device stores feature maps; nil for float.
  ///   - profiling: whether an OpenCL device times every launch.
  func open(precision: Precision? = nil, profiling: Bool = false) throws -> any Backend {
    try Self.open(backend, device, memoryLimit, precision: precision ?? .float, profiling: profiling)
  }

  static func open(
    _ backend: BackendChoice, _ device: String?, _ limit: ByteCount?, precision: Precision = .float,
    profiling: Bool = false
  ) throws -> any Backend {
    let inventory = backend == .cpu ? nil : OpenCLInventory()
    let selection = try DeviceSelection(
      backend: backend, device: device, among: inventory?.devices.map(\.facts) ?? [], problem: inventory?.problem)
    let request = device.map { "--device \($0)" } ?? "--backend \(backend.rawValue)"
    Terminal.message("\(selection.choice): \(selection.reason ?? "\(request) asks for it")")
    switch selection.target {
    case .cpu:
      if precision == .mixed { throw DeviceError.noMixedPrecision("the CPU backend", reason: "computes in float32") }
      return CPUBackend(memoryLimit: limit?.bytes)
    case .openCL(let index):
      return try OpenCLBackend(
        inventory!.devices[index], memoryLimit: limit?.bytes, profiling: profiling, precision: precision)
    }
  }
}

extension BackendChoice: ExpressibleByArgument {}

extension ByteCount: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

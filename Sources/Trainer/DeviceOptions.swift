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
  ///   - isChecked: whether a device that is used for the first time is compared with the CPU backend.
  func open(precision: Precision? = nil, profiling: Bool = false, isChecked: Bool = true) throws -> any Backend {
    try Self.open(
      backend, device, memoryLimit, precision: precision ?? .float, profiling: profiling, isChecked: isChecked)
  }

  static func open(
    _ backend: BackendChoice, _ device: String?, _ limit: ByteCount?, precision: Precision = .float,
    profiling: Bool = false, isChecked: Bool = true
  ) throws -> any Backend {
    try CPUBackend.requireRoomForBLAS()
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
      let chosen = inventory!.devices[index]
      if isChecked { try check(chosen) }
      return try OpenCLBackend(chosen, memoryLimit: limit?.bytes, profiling: profiling, precision: precision)
    }
  }

  /// Compares a device with the CPU backend, once for each driver.
  private static func check(_ device: OpenCLDevice) throws {
    let backend = try OpenCLBackend(device)
    guard !backend.isChecked else { return }
    Terminal.message("checking this device, once for each driver")
    guard let fault = try DeviceCheck.fault(of: backend) else { return backend.rememberCheck() }
    Terminal.message(
      "warning: this device computes otherwise than the CPU backend (\(fault)); see drnet compare, and update its driver "
        + "or choose another --device")
  }
}

extension BackendChoice: ExpressibleByArgument {}

extension ByteCount: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

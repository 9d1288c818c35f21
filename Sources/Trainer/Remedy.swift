import DRNetGPU
import TensorEngine

/// What the user can do about an error. The engine reports what is wrong and knows no flags.
enum Remedy {
  /// Whether the flags are wrong, rather than the files or the device they apply to.
  static func isWrongUsage(for error: any Error) -> Bool {
    switch error {
    case is SettingError, DeviceError.unknownDevice, DeviceError.deviceWithoutOpenCL, DeviceError.noMixedPrecision: true
    default: false
    }
  }

  /// One line: what is wrong, and which flag helps.
  static func line(for error: any Error) -> String {
    switch error {
    case let error as DeviceError: line(for: error)
    case AllocationError.outOfMemory: "\(error); \(smaller), or another --device"
    case AllocationError.noAddressSpace: "\(error)"
    case AllocationError.limitExceeded: "\(error); raise --memory-limit, or \(smaller)"
    default: "\(error)"
    }
  }

  private static func line(for error: DeviceError) -> String {
    switch error {
    case .noPlatform, .noDevice: "\(error), or use --backend cpu"
    case .unknownDevice: "--\(error)"
    case .deviceWithoutOpenCL(let name):
      "--device \(name): --backend cpu has no devices to choose from; omit --device or use --backend opencl"
    case .unusableDevice: "\(error); choose another --device, or use --backend cpu"
    case .noMixedPrecision(let name, let reason):
      "--precision mixed: \(name) \(reason); choose a GPU, or use --precision float"
    case .call(let status, _) where status.isDeviceLost:
      "\(error); check the system log and restart with --resume, or choose another --device"
    case .call(let status, _) where status.isOutOfMemory: "\(error); \(smaller), or another --device"
    case .call(let status, _) where status.isWithoutCompiler: "\(error); choose another --device"
    case .call, .build, .unknownMemoryMode: "\(error)"
    }
  }

  private static let smaller = "use a smaller --batch-size or --width"
}

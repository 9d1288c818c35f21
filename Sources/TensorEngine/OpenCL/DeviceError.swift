import COpenCL

/// An error of a device, described in one line that names the cause.
public enum DeviceError: Error, CustomStringConvertible, Equatable {
  /// No OpenCL driver is installed.
  case noPlatform(OpenCLStatus)
  /// Drivers are installed, but none offers a device.
  case noDevice(platforms: [String])
  /// No device has this name; `available` lists the devices.
  case unknownDevice(String, available: [String])
  /// A device was named, but the backend has no devices.
  case deviceWithoutOpenCL(String)
  /// The chosen device cannot run kernels.
  case unusableDevice(String, reason: String)
  /// The chosen device cannot store feature maps as float16.
  case noMixedPrecision(String, reason: String)
  /// The environment variable names no memory mode.
  case unknownMemoryMode(String)
  /// A call to OpenCL failed.
  case call(OpenCLStatus, doing: String)
  /// A kernel file did not compile.
  case build(OpenCLStatus, file: String, defines: [String: String], log: String)

  public var description: String {
    switch self {
    case .noPlatform(let status):
      return "no OpenCL driver is installed (\(status)); install one, such as Debian's pocl-opencl-icd"
    case .noDevice(let platforms):
      return "no OpenCL platform has a device (\(OpenCLStatus(CL_DEVICE_NOT_FOUND)): "
        + "\(platforms.joined(separator: ", "))); install a driver for your device"
    case .unknownDevice(let name, let available):
      return "device \(name): no such device; there are \(available.joined(separator: ", "))"
    case .deviceWithoutOpenCL(let name):
      return "device \(name): the CPU backend has no devices to choose from"
    case .unusableDevice(let name, let reason):
      return "\(name): \(reason)"
    case .noMixedPrecision(let name, let reason):
      return "no mixed precision: \(name) \(reason)"
    case .unknownMemoryMode(let name):
      let modes = MemoryMode.allCases.map(\.rawValue).joined(separator: ", ")
      return "\(MemoryMode.environmentVariable)=\(name): expected one of \(modes)"
    case .call(let status, let doing):
      return "\(doing): \(status)" + (status.meaning.map { "; \($0)" } ?? "")
    case .build(let status, let file, let defines, let log):
      let with = defines.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
      return "\(file)\(with.isEmpty ? "" : " with \(with)") does not build (\(status)): \(Self.firstLines(of: log))"
    }
  }

  /// The first lines of a build log that are not empty, errors first, joined into one line.
  private static func firstLines(of log: String) -> String {
    let lines = log.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
    let errors = lines.filter { $0.contains("error") }
    let shown = (errors.isEmpty ? lines : errors).prefix(3).map { $0.trimmingPrefix(while: \.isWhitespace) }
    return shown.isEmpty ? "the driver gives no reason" : shown.joined(separator: " | ")
  }
}

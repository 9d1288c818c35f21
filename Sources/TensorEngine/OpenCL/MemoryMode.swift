import Glibc

/// How device memory is allocated. Training pools it; tests trade speed for checks of what kernels access.
public enum MemoryMode: String, CaseIterable, Sendable {
  /// Freed memory is kept and reused.
  case pooled
  /// Every tensor has its own `cl_mem` of exactly its size. Elements start as NaN, padding as zero. A tool that checks
  /// buffer bounds thus sees every overrun.
  case separate
  /// Like `separate`, with words of a known pattern before and after each tensor, which reveal overruns.
  case guarded

  /// The environment variable that names the mode. Default: `pooled`.
  public static let environmentVariable = "DRNET_MEMORY"

  static func fromEnvironment() throws(DeviceError) -> MemoryMode {
    guard let name = getenv(environmentVariable).map({ String(cString: $0) }), !name.isEmpty else { return .pooled }
    guard let mode = MemoryMode(rawValue: name) else { throw .unknownMemoryMode(name) }
    return mode
  }
}

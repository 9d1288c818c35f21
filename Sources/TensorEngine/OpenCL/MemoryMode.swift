import Glibc

/// How device memory is handed out. Training pools it; tests trade speed for the chance to catch a kernel at fault.
public enum MemoryMode: String, CaseIterable, Sendable {
  /// Freed memory is kept and used again.
  case pooled
  /// Every tensor has its own `cl_mem` of exactly its size and starts as NaN, padding zero: a checker that watches the
  /// bounds of buffers sees every overrun.
  case separate
  /// As `separate`, with words of a known pattern before and after, which show what was overrun.
  case guarded

  /// Names the mode that the command uses; `pooled` where unset.
  public static let environmentVariable = "DRNET_MEMORY"

  static func fromEnvironment() throws(DeviceError) -> MemoryMode {
    guard let name = getenv(environmentVariable).map({ String(cString: $0) }), !name.isEmpty else { return .pooled }
    guard let mode = MemoryMode(rawValue: name) else { throw .unknownMemoryMode(name) }
    return mode
  }
}

/// Devices that were compared with the CPU backend are remembered beside the compiled programs, until a new driver or other
/// kernels come.
extension OpenCLBackend {
  private static let mark = Array("agrees with the CPU backend".utf8)

  /// Whether `rememberCheck` was called for this device, driver and these kernels; true if there is no folder to remember
  /// it in, since a check at every start would be a burden.
  public var isChecked: Bool {
    guard let (folder, key) = memory else { return true }
    return folder.load(name: "check", key: key, ending: "ok") == Self.mark
  }

  /// Remembers that the device computes rightly. Failure is ignored.
  public func rememberCheck() {
    guard let (folder, key) = memory else { return }
    folder.store(name: "check", key: key, ending: "ok", Self.mark)
  }
}

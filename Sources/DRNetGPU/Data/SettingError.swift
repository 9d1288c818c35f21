import Files

/// A setting that cannot be used, told in one line: which flag, what was found, what was expected.
public struct SettingError: Error, Equatable, CustomStringConvertible {
  /// The flag's name, without dashes.
  public let flag: String
  public let description: String

  public init(_ flag: String, _ found: some CustomStringConvertible, expected: String) {
    self.init(flag, found, "expected \(expected)")
  }

  /// A value that does not go with other settings.
  public init(_ flag: String, _ found: some CustomStringConvertible, _ what: String) {
    self.flag = flag
    description = "--\(flag) \(found): \(what)".inOneLine
  }

  /// A setting that should not be there, whatever its value.
  public init(_ flag: String, _ what: String) {
    self.flag = flag
    description = "--\(flag): \(what)".inOneLine
  }
}

import Files

/// A setting that cannot be used. Its description says in one line which flag, what was found and what was expected.
public struct SettingError: Error, Equatable, CustomStringConvertible {
  /// The flag's name, without dashes.
  public let flag: String
  /// One line for the user.
  public let description: String

  /// A value that is out of range: "--flag found: expected ...".
  public init(_ flag: String, _ found: some CustomStringConvertible, expected: String) {
    self.init(flag, found, "expected \(expected)")
  }

  /// A value that does not fit other settings: "--flag found: what".
  public init(_ flag: String, _ found: some CustomStringConvertible, _ what: String) {
    self.flag = flag
    description = "--\(flag) \(found): \(what)".inOneLine
  }

  /// A setting that is not allowed, with any value: "--flag: what".
  public init(_ flag: String, _ what: String) {
    self.flag = flag
    description = "--\(flag): \(what)".inOneLine
  }
}

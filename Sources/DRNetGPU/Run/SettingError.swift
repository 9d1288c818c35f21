/// A setting that cannot be used, told in one line: which flag, what was found, what was expected.
public struct SettingError: Error, Equatable, CustomStringConvertible {
  public let flag: String
  public let description: String

  public init(_ flag: String, _ found: some CustomStringConvertible, expected: String) {
    self.flag = flag
    description = "--\(flag) \(found): expected \(expected)"
  }
}

/// What is wrong with data that a user named: one line that says which file or flag, what was found, what was expected
/// and what to do.
public struct DataError: Error, Equatable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description.inOneLine }
}

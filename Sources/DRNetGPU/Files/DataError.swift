/// What is wrong with data that a user named: one line that says which file or flag, what was found, what was expected
/// and what to do.
public struct DataError: Error, Equatable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description.inOneLine }
}

extension String {
  /// The text as people can read it in a line, whatever names of files or what lies in them put into it: without line breaks
  /// and other control characters, and of more than 900 bytes the beginning and the end.
  var inOneLine: String {
    let isLong = utf8.count > 900
    let shown =
      isLong ? unicodeScalars.prefix(150) + " ... ".unicodeScalars + unicodeScalars.suffix(70) : unicodeScalars
    return String(
      String.UnicodeScalarView(
        shown.map {
          switch $0.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: "?"
          default: $0
          }
        }))
  }
}

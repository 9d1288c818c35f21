extension String {
  /// The text as people can read it in a line, whatever names of files or what lies in them put into it: without line breaks
  /// and other control characters, and of more than 900 bytes the beginning and the end.
  package var inOneLine: String {
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

extension String {
  /// The text as one readable line, whatever file names or file contents are in it. Line breaks and other control
  /// characters become "?"; of a text of more than 900 bytes only the beginning and the end are kept.
  package var inOneLine: String {
    let isLong = utf8.count > 900
    let shown =
      isLong ? unicodeScalars.prefix(150) + " ... ".unicodeScalars + unicodeScalars.suffix(70) : unicodeScalars
    return String(String.UnicodeScalarView(shown)).withoutControlCharacters
  }

  /// The text with "?" for each control character, which could command a terminal, each line break, and each character
  /// that turns the direction of writing round.
  package var withoutControlCharacters: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map {
          switch $0.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: "?"
          case .format where $0.properties.isBidiControl: "?"
          default: $0
          }
        }))
  }
}

extension String {
  /// The text as one readable line, whatever file names or file contents are in it. Line breaks and other control
  /// characters become "?"; of a text of more than 900 bytes only the beginning and the end are kept.
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

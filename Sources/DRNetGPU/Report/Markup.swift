extension String {
  /// This text, escaped for use between tags or in a quoted attribute of XML and HTML.
  var escapedForMarkup: String {
    var escaped = ""
    for character in withoutControlCharacters.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}

/// A coordinate of an SVG picture, rounded to a hundredth of a pixel.
func svgCoordinate(_ value: Double) -> String {
  let rounded = (value * 100).rounded() / 100
  return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
}

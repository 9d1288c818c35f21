/// The words of a Swift source file, line by line, without comments and without string literals but for the code that is
/// interpolated into them.
public struct SwiftWords {
  /// A word or a single punctuation character, with the number of its line, counted from 1.
  public struct Token: Equatable {
    public let text: Substring
    public let line: Int
  }

  public private(set) var tokens: [Token] = []
  private let source: Substring
  private var position: Substring.Index
  private var line = 1

  public init(_ text: String) {
    source = text[...]
    position = text.startIndex
    scan(until: nil)
  }

  private var rest: Substring { source[position...] }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where position < source.endIndex {
      if source[position].isNewline { line += 1 }
      source.formIndex(after: &position)
    }
  }

  /// Reads code up to the end, or up to the parenthesis that closes an interpolation.
  private mutating func scan(until close: Character?) {
    var depth = 0
    while position < source.endIndex {
      let character = source[position]
      if character == "/", rest.hasPrefix("//") {
        while position < source.endIndex, !source[position].isNewline { advance() }
      } else if character == "/", rest.hasPrefix("/*") {
        skipComment()
      } else if character == "\"" || (character == "#" && rest.drop(while: { $0 == "#" }).hasPrefix("\"")) {
        scanString()
      } else if character.isLetter || character == "_" {
        let start = position
        while position < source.endIndex,
          source[position].isLetter || source[position].isNumber || source[position] == "_"
        { advance() }
        tokens.append(Token(text: source[start..<position], line: line))
      } else {
        if character == close, depth == 0 { return }
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        if !character.isWhitespace {
          tokens.append(Token(text: source[position...position], line: line))
        }
        advance()
      }
    }
  }

  /// Comments nest.
  private mutating func skipComment() {
    var depth = 0
    repeat {
      if rest.hasPrefix("/*") {
        depth += 1
        advance(2)
      } else if rest.hasPrefix("*/") {
        depth -= 1
        advance(2)
      } else {
        advance()
      }
    } while depth > 0 && position < source.endIndex
  }

  private mutating func scanString() {
    let pounds = String(rest.prefix { $0 == "#" })
    advance(pounds.count)
    let quote = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    advance(quote.count)
    while position < source.endIndex {
      if rest.hasPrefix(quote + pounds) { return advance(quote.count + pounds.count) }
      if rest.hasPrefix("\\" + pounds + "(") {
        advance(2 + pounds.count)
        scan(until: ")")
        advance()
      } else if rest.hasPrefix("\\" + pounds) {
        advance(2 + pounds.count)
      } else {
        advance()
      }
    }
  }
}

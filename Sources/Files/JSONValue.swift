import Foundation

/// A JSON document that keeps what Foundation's parser loses: the order of keys, duplicate keys, and the digits of
/// numbers (a 64-bit offset must not be converted to Double).
package indirect enum JSONValue: Equatable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  /// The digits as in the text.
  case number(String)
  case boolean(Bool)
  case null

  package struct Member: Equatable {
    package var key: String
    package var value: JSONValue
  }

  /// What is wrong with a text that is not JSON, and at which byte.
  package struct SyntaxError: Error, CustomStringConvertible {
    package var description: String
  }

  package init(parsing text: some Collection<UInt8>) throws {
    var scanner = JSONScanner(bytes: Array(text))
    self = try scanner.document()
  }

  /// The value of the first member called `key`, if this is an object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The number, if this is an integer that fits in Int.
  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits)
  }

  /// What this is, for a message: a scalar as in the text, at most 40 characters of it.
  package var shortText: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string(let text): Self.quoted(text.count > 40 ? text.prefix(40) + "..." : text)
    case .number(let digits): digits.count > 40 ? digits.prefix(40) + "..." : digits
    case .boolean(let value): "\(value)"
    case .null: "null"
    }
  }

  /// `text` as a JSON string, quotes included.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// A parser of JSON (RFC 8259), byte by byte.
private struct JSONScanner {
  let bytes: [UInt8]
  var position = 0

  /// Maximum nesting, so that no input can exhaust the stack. No file of this program is nested as deeply.
  static let maxDepth = 32

  mutating func document() throws -> JSONValue {
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("text after the end of the document") }
    return value
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < Self.maxDepth else { throw error("nested more than \(Self.maxDepth) deep") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try .object(list(until: "}") { try $0.member(depth: depth + 1) })
    case UInt8(ascii: "["): return try .array(list(until: "]") { try $0.value(depth: depth + 1) })
    case UInt8(ascii: "\""): return try .string(string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try .number(number())
    }
  }

  private mutating func member(depth: Int) throws -> JSONValue.Member {
    skipSpace()
    guard next == UInt8(ascii: "\"") else { throw error("expected a key in quotes") }
    let key = try string()
    skipSpace()
    guard take(":") else { throw error("expected ':' after a key") }
    return try JSONValue.Member(key: key, value: value(depth: depth))
  }

  /// The elements between the opening bracket at the current position and `closing`.
  private mutating func list<Element>(
    until closing: Unicode.Scalar, _ element: (inout JSONScanner) throws -> Element
  ) throws -> [Element] {
    position += 1
    skipSpace()
    if take(closing) { return [] }
    var elements: [Element] = []
    repeat {
      elements.append(try element(&self))
      skipSpace()
    } while take(",")
    guard take(closing) else { throw error("expected ',' or '\(closing)'") }
    return elements
  }

  private mutating func string() throws -> String {
    position += 1
    // Most strings have no escape.
    let end = bytes[position...].firstIndex { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    var text = bytes[position..<(end ?? bytes.count)]
    position = text.endIndex
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw error("control character in a string") }
      if byte == UInt8(ascii: "\\") {
        try text.append(contentsOf: String(escape()).utf8)
      } else {
        text.append(byte)
        position += 1
      }
    }
    guard take("\"") else { throw error("unterminated string") }
    guard let string = String(validating: text, as: UTF8.self) else { throw error("string that is not UTF-8") }
    return string
  }

  private mutating func escape() throws -> Character {
    position += 1
    guard let letter = next else { throw error("unterminated string") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(letter))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [try hexadecimal()]
      if UTF16.isLeadSurrogate(units[0]), take("\\") {
        guard take("u") else { throw error("half of a surrogate pair") }
        units.append(try hexadecimal())
      }
      guard let text = String(validating: units, as: UTF16.self), let character = text.first else {
        throw error("half of a surrogate pair")
      }
      return character
    default: throw error("unknown escape")
    }
  }

  private mutating func hexadecimal() throws -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return unit
  }

  private mutating func number() throws -> String {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw error("expected a value") }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error("expected a value") }
    position += word.utf8.count
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private func error(_ what: String) -> JSONValue.SyntaxError {
    JSONValue.SyntaxError(description: "\(what) at byte \(position)")
  }
}

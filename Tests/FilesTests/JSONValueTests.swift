import Foundation
import Testing

@testable import Files

@Suite struct JSONValueTests {
  @Test func keepsOrderDuplicatesAndDigits() throws {
    let document = try JSONValue(parsing: #" {"b": 9007199254740993, "a": [1.50, -2e-3], "b": {}} "#.utf8)
    #expect(
      document
        == .object([
          .init(key: "b", value: .number("9007199254740993")),
          .init(key: "a", value: .array([.number("1.50"), .number("-2e-3")])),
          .init(key: "b", value: .object([])),
        ]))
    #expect(document["b"]?.integer == 9_007_199_254_740_993)
  }

  @Test func readsWordsAndEscapes() throws {
    let document = try JSONValue(parsing: #"[true, false, null, "\u00e9\ud83d\ude00\n\/\\\"é"]"#.utf8)
    #expect(document == .array([.boolean(true), .boolean(false), .null, .string("é😀\n/\\\"é")]))
  }

  @Test(arguments: ["", "plain", "a \"b\" \\ \n\t\u{0}\u{1f}", "é😀", "a/b"])
  func quotedTextReadsBack(_ text: String) throws {
    #expect(try JSONValue(parsing: JSONValue.quoted(text).utf8) == .string(text))
    #expect(try JSONDecoder().decode([String].self, from: Data("[\(JSONValue.quoted(text))]".utf8)) == [text])
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{a: 1}", "01", "+1", "1.", ".5", "1e", "nul", "\"a", "\"\\x\"", "\"\\ud800\"",
    "\"\\u12g4\"", "\"\\u+123\"", "1 2", "[1}", "\"\u{1}\"", "NaN", "Infinity", "-", "[", ",", "\"\\",
    String(repeating: "[", count: 1_000_000),
  ])
  func refusesWhatIsNotJSON(_ text: String) {
    #expect(throws: JSONValue.SyntaxError.self) { try JSONValue(parsing: text.utf8) }
  }

  @Test func refusesTextThatIsNotUTF8() {
    #expect(throws: JSONValue.SyntaxError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22] as [UInt8]) }
  }
}

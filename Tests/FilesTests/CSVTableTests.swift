import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct CSVTableTests {
  private func table(_ text: String) throws -> CSVTable {
    let folder = try ScratchFolder()
    return try CSVTable(contentsOf: folder.write(text, to: "t.csv"))
  }

  /// What Python's module csv makes of the same texts.
  @Test func fieldsAreAsOthersReadThem() throws {
    let found = try table("\u{FEFF}a,\"b, c\",\"d \"\"e\"\"\"\r\n1,,\"two\nlines\"\r\n\r\n,\" x \",é\r\n")
    #expect(found.names == ["a", "b, c", "d \"e\""])
    #expect(found.rows.map(\.fields) == [["1", "", "two\nlines"], ["", " x ", "é"]])
    #expect(found.rows.map(\.line) == [2, 5])
    #expect(try table("a,b\n1,").rows.map(\.fields) == [["1", ""]])
    #expect(try table("a\n\"\"\n").rows.map(\.fields) == [[""]])
    #expect(try table("a").rows.isEmpty)
  }

  @Test(arguments: [
    ("", "empty, expected a line of names first"),
    ("a,a\n", "line 1: column 2 is the second a"),
    ("a,\n", "line 1: column 2 has no name"),
    ("a,b\n1,2\n3\n", "line 3: 1 fields, expected 2 as in the first line"),
    ("a\n\"1\n2", "line 2: a quote is not closed"),
    ("a\n\"1\"2\n", "line 2: text after the closing quote"),
  ])
  func whatIsNoTableIsOneLine(_ text: String, _ expected: String) {
    #expect(message { _ = try table(text) }.hasSuffix("t.csv: \(expected)"))
  }

  @Test func anotherEncodingIsTold() throws {
    let folder = try ScratchFolder()
    let url = folder["t.csv"]
    try Data([0x61, 0x0A, 0xE9, 0x0A]).write(to: url)
    #expect(message { _ = try CSVTable(contentsOf: url) }.hasSuffix("this is not UTF-8; save it as UTF-8"))
  }
}

import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct FileErrorTests {
  @Test func controlCharactersAreReplaced() {
    let name = "a\nb\r\tc\u{1B}[31m\u{2028}d\u{85}e\0 \u{FFFD} ä 走"
    let shown = "a?b??c?[31m?d?e? \u{FFFD} ä 走"
    #expect(FileError(name).description == shown)
    #expect(FileError(URL(filePath: "/x"), name).description == "/x: \(shown)")
  }

  @Test func longTextKeepsItsBeginningAndItsEnd() {
    let long = "first " + String(repeating: "走", count: 2000) + " last"
    let shown = FileError(long).description
    #expect(shown.hasPrefix("first 走") && shown.contains("走 ... 走") && shown.hasSuffix("走 last") && isOneLine(shown))
    let short = String(repeating: "x", count: 900)
    #expect(FileError(short).description == short)
  }
}

import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct ChecksummedJSONTests {
  private let url = URL(filePath: "config.json")
  private let value = ["width": 4, "steps": 1500]

  @Test func isJSONWithOneMemberMore() throws {
    let text = try ChecksummedJSON.encode(value)
    #expect(String(decoding: text, as: UTF8.self).hasPrefix("{\n  \"checksum\" : \""))
    let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(Set(object.keys) == ["checksum", "width", "steps"])
    try ChecksummedJSON.verify(text, of: url)
  }

  /// Only a changed name of the checksum passes; then the rest is whole.
  @Test func everyChangedBitIsSeenOrHarmless() throws {
    let text = try ChecksummedJSON.encode(value)
    for bit in 0..<8 * text.count {
      var changed = text
      changed[bit / 8] ^= 1 << (bit % 8)
      guard message({ try ChecksummedJSON.verify(changed, of: url) }).isEmpty,
        let object = try? JSONSerialization.jsonObject(with: changed) as? [String: Any]
      else { continue }
      #expect(object["width"] as? Int == 4 && object["steps"] as? Int == 1500, "bit \(bit)")
    }
  }

  @Test func textWithoutChecksumIsAccepted() throws {
    for text in ["", "{", "{\n}", "{\"checksum\": \"00000000\"}", "{\n  \"checksum\" : \""] {
      try ChecksummedJSON.verify(Data(text.utf8), of: url)
    }
  }
}

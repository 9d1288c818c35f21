import Foundation

/// JSON objects that carry their own checksum, as the member `checksum`: CRC-32 of the text without the line that it
/// stands in. Readers of JSON find one member more.
package enum ChecksummedJSON {
  /// `value`, which must be an object, in indented lines; equal values give equal bytes.
  package static func encode(_ value: some Encodable) throws -> Data {
    let text = try JSONEncoder.stable(isPretty: true).encode(value) + Data("\n".utf8)
    return beginning + Data("\(member)\(hexadecimal(crc32(text)))\(end)".utf8) + text.dropFirst(beginning.count)
  }

  /// Checks a text that has its checksum where `encode` puts it.
  /// - Throws: `FileError` if the text does not fit it.
  package static func verify(_ text: Data, of url: URL) throws {
    let start = beginning.count + member.utf8.count
    guard text.starts(with: beginning + Data(member.utf8)), text.count >= start + 8 + end.utf8.count else { return }
    let digits = String(decoding: text.dropFirst(start).prefix(8), as: UTF8.self)
    guard UInt32(digits, radix: 16) == crc32(beginning + text.dropFirst(start + 8 + end.utf8.count)) else {
      throw FileError(
        url, "damaged: it does not fit its checksum; if you have edited it yourself, remove the line \"checksum\"")
    }
  }

  private static let beginning = Data("{\n".utf8)
  private static let member = "  \"checksum\" : \""
  private static let end = "\",\n"
}

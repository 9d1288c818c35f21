import Files
import Foundation

/// What a PNG file says that it shows: its text chunk "Description" (PNG 1.2, 11.3.4.2), right after the header.
enum PNGDescription {
  /// Keyword and a zero byte.
  private static let beginning = Array("Description".utf8) + [0]
  /// Characters; ours have about thirty.
  private static let maxLength = 200

  /// The chunk, for text in ASCII.
  static func chunk(_ text: String) -> Data { PNGStructure.chunk("tEXt", beginning + Array(text.utf8)) }

  /// A PNG file with the description `text`.
  static func add(_ text: String, to file: Data) -> Data {
    file.prefix(PNGStructure.headerSize) + chunk(text) + file.dropFirst(PNGStructure.headerSize)
  }

  /// The description of the file at `url`; nil if it has none, or cannot be read.
  static func read(_ url: URL) -> String? {
    let needed = PNGStructure.headerSize + 12 + beginning.count + maxLength
    guard let file = try? DataFile.read(url, upTo: needed),
      (try? PNGStructure(header: file, from: url.path)) != nil
    else { return nil }
    let chunk = Array(file.dropFirst(PNGStructure.headerSize))
    guard chunk.count >= 8 + beginning.count, chunk[4...].starts(with: Array("tEXt".utf8) + beginning) else {
      return nil
    }
    let length = chunk[..<4].reduce(0) { $0 << 8 | Int($1) }
    guard length >= beginning.count, 12 + length <= chunk.count else { return nil }
    let content = Array(chunk[8..<8 + length])
    // With its checksum.
    guard PNGStructure.chunk("tEXt", content).elementsEqual(chunk[..<(12 + length)]) else { return nil }
    return String(decoding: content[beginning.count...], as: UTF8.self)
  }
}

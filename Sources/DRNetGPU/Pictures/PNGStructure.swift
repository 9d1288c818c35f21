import Files
import Foundation

/// The chunks of a PNG file. They are checked before libpng decodes, so that errors tell a foreign file from a
/// truncated or damaged one.
struct PNGStructure {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let width: Int
  let height: Int
  /// Whether the file stores grey pixels, with or without alpha; palettes count as colour.
  let isGrey: Bool
  /// Bits per sample; a pixel has one or more samples.
  private let depth: Int

  /// Walks all chunks to the end of the image.
  init(_ data: Data, from name: String) throws {
    try self.init(header: data, from: name)
    var position = Self.signature.count
    var compressed = 0
    while true {
      guard position + 12 <= data.count else { throw FileError("\(name): truncated PNG file: it has no end") }
      let length = Self.number(data, at: position)
      let typeBytes = Self.bytes(data, at: position + 4, 4)
      guard typeBytes.allSatisfy(Self.isLetter) else {
        throw FileError("\(name): damaged PNG file: byte \(position) starts no chunk")
      }
      let type = String(decoding: typeBytes, as: UTF8.self)
      guard position + 12 + length <= data.count else {
        throw FileError(
          "\(name): truncated PNG file: chunk \(type) needs \(length + 4) bytes, "
            + "\(data.count - position - 8) are left")
      }
      if type == "IEND" { break }
      if type == "IDAT" { compressed += length }
      position += 12 + length
    }
    // Deflate expands one byte to at most 1032, so a header that claims more is wrong: allocate nothing for it.
    guard Double(height) * Double((width * depth + 7) / 8) <= 1032 * Double(compressed) else {
      throw FileError("\(name): damaged PNG file: \(compressed) bytes cannot hold \(width) x \(height) pixels")
    }
  }

  /// Bytes before the first chunk that is not the header, all of which `init(header:from:)` needs.
  static let headerSize = 33

  /// Reads the start of a file.
  init(header data: Data, from name: String) throws {
    guard data.starts(with: Self.signature) else { throw FileError("\(name): not a PNG file") }
    guard data.count >= Self.headerSize else { throw FileError("\(name): truncated PNG file: its header is cut") }
    guard Self.bytes(data, at: 12, 4).elementsEqual("IHDR".utf8) else {
      throw FileError("\(name): damaged PNG file: it does not start with its header")
    }
    width = Self.number(data, at: 16)
    height = Self.number(data, at: 20)
    depth = Self.bytes(data, at: 24, 1).first.map { Int($0) } ?? 0
    isGrey = Self.bytes(data, at: 25, 1).first.map { $0 == 0 || $0 == 4 } ?? false
    guard width > 0 && height > 0 else { throw FileError("\(name): damaged PNG file: \(width) x \(height) pixels") }
  }

  /// The chunk that ends the file: no data, its name, its checksum.
  private static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

  /// Reads the header of a file, and checks by its last bytes that it is complete.
  init(headerOf url: URL) throws {
    try self.init(header: DataFile.read(url, upTo: Self.headerSize), from: url.relativePath)
    if try !DataFile.read(url, last: Self.end.count).elementsEqual(Self.end) {
      // Some files have bytes after the last chunk.
      _ = try PNGStructure(DataFile.read(url), from: url.relativePath)
    }
  }

  /// A chunk: length, type, payload, checksum of type and payload.
  static func chunk(_ type: String, _ payload: [UInt8]) -> Data {
    let body = Array(type.utf8) + payload
    return Data(bytes(payload.count) + body + bytes(Int(crc32(body))))
  }

  /// A 32-bit number, most significant byte first.
  static func bytes(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }

  private static func bytes(_ data: Data, at position: Int, _ count: Int) -> Data {
    data.dropFirst(position).prefix(count)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

  private static func number(_ data: Data, at position: Int) -> Int {
    bytes(data, at: position, 4).reduce(0) { $0 << 8 | Int($1) }
  }
}

import Files
import Foundation

/// The container of prepared clips, as docs/data/clips.md tells it: a signature, then blocks (what all clips share, each
/// clip, an index of them), then where the index starts.
enum ClipsFormat {
  static let signature = Array("DRNETCLP".utf8)
  /// Behind it: where the index starts (64 bits), then this.
  static let ending = Array("PLCTENRD".utf8)
  /// Bytes in front of a block's text: its length (32 bits), a CRC-32 of text and pixels, the pixels' length (64 bits);
  /// little-endian.
  static let prefixSize = 16
  /// Ten times the text of a clip of 100,000 frames with two factors.
  static let longestText = 1 << 26

  /// What all clips share.
  struct Header: Codable, Equatable {
    var version = 1
    var imageSize: Int
    var channels: Int
    var classNames: [String]
    /// What moves in a clip; nil where nobody knows.
    var factorName: String?
  }

  /// What is known of one clip.
  struct Entry: Codable, Equatable {
    var name: String
    /// Name of a `Split`; nil if the clip was skipped.
    var split: String?
    var label: Int?
    var frames = 0
    var isCircular = false
    /// As many as frames, or none.
    var factors: [[Float]] = []
    /// Why the clip was skipped.
    var problem: String?
    /// Where the clip's block starts; in the index only.
    var offset: Int?
  }

  struct Prefix {
    let textLength: Int
    let checksum: UInt32
    let pixelLength: Int

    init(textLength: Int, checksum: UInt32, pixelLength: Int) {
      self.textLength = textLength
      self.checksum = checksum
      self.pixelLength = pixelLength
    }

    /// nil where a length is none that a block has.
    init?(_ bytes: UnsafeRawBufferPointer) {
      guard bytes.count == ClipsFormat.prefixSize else { return nil }
      textLength = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
      checksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      guard textLength <= ClipsFormat.longestText, length <= 1 << 48 else { return nil }
      pixelLength = Int(length)
    }

    var bytes: [UInt8] {
      let words = [UInt64(textLength) | UInt64(checksum) << 32, UInt64(pixelLength)]
      return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
  }

  static func text(_ value: some Encodable) throws -> Data { try JSONEncoder.stable().encode(value) }

  /// Bytes of a frame; nil where header or number make no sense.
  static func pixelCount(_ header: Header, frames: Int) -> Int? {
    guard (1...16_384).contains(header.imageSize), header.channels == 1 || header.channels == 3,
      (1...1 << 30).contains(frames)
    else { return nil }
    return frames.multipliedReportingOverflow(by: header.imageSize * header.imageSize * header.channels).overflow
      ? nil : frames * header.imageSize * header.imageSize * header.channels
  }
}

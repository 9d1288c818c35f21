import Files
import Foundation

/// The format of files of prepared clips, see docs/data/clips.md: a signature, then blocks (the header, each clip, an
/// index of the clips), then the position of the index.
enum ClipsFormat {
  /// The version that is written. The first one, which is read, too, has one class and one factor at most.
  static let version = 2
  static let signature = Array("DRNETCLP".utf8)
  /// The last bytes of the file, after the position of the index (64 bits).
  static let ending = Array("PLCTENRD".utf8)
  /// Bytes before a block's text: the length of the text (32 bits), a CRC-32 of text and pixels, the length of the
  /// pixels (64 bits); little-endian.
  static let prefixSize = 16
  /// Ten times the text of a clip of 100,000 frames with two factors.
  static let maxTextSize = 1 << 26

  /// What the first text has in every version.
  struct Version: Decodable { var version: Int }

  /// The properties that all clips share.
  struct Header: Codable, Equatable {
    var version = ClipsFormat.version
    var imageSize: Int
    var channels: Int
    /// What is known of a clip as a whole.
    var classes: [ClipClass]
    /// What is known to change within a clip.
    var factors: [ClipFactor]
    /// What else decided the clips; nil if nothing.
    var settings: String?
  }

  /// A name that two classes or factors share; nil if there is none.
  static func doubledName(_ classes: [ClipClass], _ factors: [ClipFactor]) -> String? {
    var seen: Set<String> = []
    return (classes.map(\.name) + factors.map(\.name)).first { !seen.insert($0).inserted }
  }

  /// The properties of one clip.
  struct Entry: Codable, Equatable {
    var name: String
    /// Name of a `Split`; nil if the clip was skipped, or its split was not yet known. The index knows all.
    var split: String?
    /// A position in the values of each of the header's classes.
    var labels: [Int] = []
    var frames = 0
    var isCircular = false
    /// For each frame the numbers of the header's factors, or none if it has no factors.
    var factors: [[Float]] = []
    /// Why the clip was skipped.
    var problem: String?
    /// Name of what the clip was read from, if not its own; for resuming.
    var source: String?
    /// Clips of one group are in the same split; nil if the split was known.
    var group: String?
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

    /// nil if a length is out of range.
    init?(_ bytes: UnsafeRawBufferPointer) {
      guard bytes.count == ClipsFormat.prefixSize else { return nil }
      textLength = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
      checksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      guard textLength <= ClipsFormat.maxTextSize, length <= 1 << 48 else { return nil }
      pixelLength = Int(length)
    }

    /// The prefix of the block that begins at `start`; nil if a length is out of range.
    init?(_ file: InputFile, at start: Int) throws {
      let bytes = try file.bytes(start..<start + ClipsFormat.prefixSize)
      guard let prefix = bytes.withUnsafeBytes({ Self($0) }) else { return nil }
      self = prefix
    }

    var bytes: [UInt8] {
      let words = [UInt64(textLength) | UInt64(checksum) << 32, UInt64(pixelLength)]
      return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
  }

  /// Whether a class or a factor may have this name, which is a part of names of measures such as `probes.class.mlp.pose`.
  static func isName(_ text: some StringProtocol) -> Bool {
    String(text).wholeMatch(of: /[\p{L}\p{N}_-]{1,40}/) != nil
  }

  /// What a name of a class or a factor must be, for errors.
  static let expectedName = "expected 1 to 40 letters, digits, - and _"

  static func text(_ value: some Encodable) throws -> Data { try JSONEncoder.stable().encode(value) }

  /// Bytes of so many frames; nil if the header or the number is invalid.
  static func pixelCount(_ header: Header, frames: Int) -> Int? {
    guard (1...16_384).contains(header.imageSize), header.channels == 1 || header.channels == 3,
      (1...1 << 30).contains(frames)
    else { return nil }
    return frames.multipliedReportingOverflow(by: header.imageSize * header.imageSize * header.channels).overflow
      ? nil : frames * header.imageSize * header.imageSize * header.channels
  }
}

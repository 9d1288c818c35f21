import CZlib
import Files
import Foundation

/// An animated PNG: an ordinary PNG of the first frame that also holds the others (APNG 1.0).
package struct AnimatedPNG {
  package let frames: [PNGImage]
  package let framesPerSecond: Int
  /// How often it plays; 0 is forever.
  package let plays: Int

  /// Frames must share one size and number of channels.
  package init(_ frames: [PNGImage], framesPerSecond: Int = 10, plays: Int = 0) {
    precondition(!frames.isEmpty && (1...Int(UInt16.max)).contains(framesPerSecond))
    precondition(
      frames.allSatisfy {
        ($0.width, $0.height, $0.channels) == (frames[0].width, frames[0].height, frames[0].channels)
      },
      "frames of one size")
    self.frames = frames
    self.framesPerSecond = framesPerSecond
    self.plays = plays
  }

  /// Writes the file atomically.
  package func write(to url: URL) throws { try AtomicFile.write(data(), to: url) }

  /// The file: signature, IHDR, acTL, then fcTL and the pixels of each frame (IDAT for the first, then fdAT), IEND.
  package func data() -> Data {
    var file = Data(PNGStructure.signature)
    let first = frames[0]
    // Bit depth 8, colour type (0 grey, 2 RGB), then the only compression and filter methods, not interlaced.
    let size = Self.bytes(first.width) + Self.bytes(first.height)
    Self.append("IHDR", size + [8, first.channels == 1 ? 0 : 2, 0, 0, 0], to: &file)
    Self.append("acTL", Self.bytes(frames.count) + Self.bytes(plays), to: &file)
    var sequence = 0
    for (index, frame) in frames.enumerated() {
      // The whole frame at (0, 0), shown for 1 / framesPerSecond s; it replaces the frame before.
      let rate = [0, 1, UInt8(framesPerSecond >> 8), UInt8(framesPerSecond & 255)]
      Self.append("fcTL", Self.bytes(sequence) + size + Self.bytes(0) + Self.bytes(0) + rate + [0, 0], to: &file)
      sequence += 1
      if index == 0 {
        Self.append("IDAT", Self.compress(frame), to: &file)
      } else {
        Self.append("fdAT", Self.bytes(sequence) + Self.compress(frame), to: &file)
        sequence += 1
      }
    }
    Self.append("IEND", [], to: &file)
    return file
  }

  /// The rows as a zlib stream, each after filter byte 0 (none).
  private static func compress(_ frame: PNGImage) -> [UInt8] {
    let rowSize = frame.width * frame.channels
    var rows: [UInt8] = []
    rows.reserveCapacity(frame.height * (rowSize + 1))
    for row in 0..<frame.height {
      rows.append(0)
      rows.append(contentsOf: frame.pixels[row * rowSize..<(row + 1) * rowSize])
    }
    var size = compressBound(uLong(rows.count))
    var stream = [UInt8](repeating: 0, count: Int(size))
    let status = compress2(&stream, &size, rows, uLong(rows.count), Z_BEST_COMPRESSION)
    precondition(status == Z_OK, "zlib has room and valid arguments")
    return Array(stream.prefix(Int(size)))
  }

  /// A chunk: length, type, payload, checksum of type and payload.
  private static func append(_ type: String, _ payload: [UInt8], to file: inout Data) {
    let body = Array(type.utf8) + payload
    file.append(contentsOf: bytes(payload.count) + body + bytes(Int(crc32(body))))
  }

  /// A 32-bit number, most significant byte first.
  private static func bytes(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}

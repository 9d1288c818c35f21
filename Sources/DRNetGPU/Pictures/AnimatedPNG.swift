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
  /// - Parameter description: what it shows, stored in the file.
  package func write(to url: URL, description: String? = nil) throws {
    try AtomicFile.write(description.map { PNGDescription.add($0, to: data()) } ?? data(), to: url)
  }

  /// The file: signature, IHDR, acTL, then fcTL and the pixels of each frame (IDAT for the first, then fdAT), IEND.
  package func data() -> Data {
    var file = Data(PNGStructure.signature)
    func append(_ type: String, _ payload: [UInt8]) { file += PNGStructure.chunk(type, payload) }
    let first = frames[0]
    // Bit depth 8, colour type (0 grey, 2 RGB), then the only compression and filter methods, not interlaced.
    let size = PNGStructure.bytes(first.width) + PNGStructure.bytes(first.height)
    append("IHDR", size + [8, first.channels == 1 ? 0 : 2, 0, 0, 0])
    append("acTL", PNGStructure.bytes(frames.count) + PNGStructure.bytes(plays))
    var sequence = 0
    for (index, frame) in frames.enumerated() {
      // The whole frame at (0, 0), shown for 1 / framesPerSecond s; it replaces the frame before.
      let rate = [0, 1, UInt8(framesPerSecond >> 8), UInt8(framesPerSecond & 255)]
      append("fcTL", PNGStructure.bytes(sequence) + size + [UInt8](repeating: 0, count: 8) + rate + [0, 0])
      sequence += 1
      if index == 0 {
        append("IDAT", Self.compress(frame))
      } else {
        append("fdAT", PNGStructure.bytes(sequence) + Self.compress(frame))
        sequence += 1
      }
    }
    append("IEND", [])
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
}

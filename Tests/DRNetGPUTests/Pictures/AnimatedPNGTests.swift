import CZlib
import Foundation
import Testing

@testable import DRNetGPU

@Suite struct AnimatedPNGTests {
  private struct Chunk {
    let type: String
    let payload: [UInt8]
  }

  private func number(_ bytes: some Collection<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  /// All chunks; every checksum is verified.
  private func chunks(_ file: [UInt8]) -> [Chunk] {
    var chunks: [Chunk] = []
    var position = 8
    while position < file.count {
      let length = number(file[position..<position + 4])
      let body = Array(file[position + 4..<position + 8 + length])
      let checksum = number(file[position + 8 + length..<position + 12 + length])
      #expect(checksum == Int(crc32(0, body, uInt(body.count))))
      chunks.append(Chunk(type: String(decoding: body.prefix(4), as: UTF8.self), payload: Array(body.dropFirst(4))))
      position += 12 + length
    }
    return chunks
  }

  private func inflate(_ stream: [UInt8], count: Int) -> [UInt8] {
    var size = uLong(count)
    var bytes = [UInt8](repeating: 0, count: count)
    #expect(uncompress(&bytes, &size, stream, uLong(stream.count)) == Z_OK && Int(size) == count)
    return bytes
  }

  @Test(arguments: [1, 3]) func holdsEveryFrame(channels: Int) throws {
    let frames = (0..<3).map { frame in
      PNGImage(
        width: 2, height: 2, channels: channels,
        pixels: (0..<4 * channels).map { UInt8($0 * 10 + frame) })
    }
    let data = AnimatedPNG(frames, framesPerSecond: 300, plays: 2).data()
    // Viewers that know no animation, libpng among them, show the first frame.
    #expect(try PNGImage(data, from: "animation") == frames[0])
    let chunks = chunks(Array(data))
    #expect(chunks.map(\.type) == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
    #expect(chunks[1].payload == [0, 0, 0, 3, 0, 0, 0, 2])
    #expect(
      chunks[2].payload == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 44, 0, 0])
    #expect([2, 4, 5, 6, 7].map { number(chunks[$0].payload.prefix(4)) } == [0, 1, 2, 3, 4])
    let row = 2 * channels
    let streams = [chunks[3].payload, Array(chunks[5].payload.dropFirst(4)), Array(chunks[7].payload.dropFirst(4))]
    for (frame, stream) in zip(frames, streams) {
      let rows = inflate(stream, count: 2 * (row + 1))
      // Each row starts with its filter: none.
      #expect(rows[0] == 0 && rows[row + 1] == 0)
      #expect(rows[1...row] == frame.pixels[0..<row] && rows[(row + 2)...] == frame.pixels[row...])
    }
  }
}

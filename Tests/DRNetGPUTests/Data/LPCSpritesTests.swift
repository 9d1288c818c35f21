import CPNG
import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

@Suite struct LPCSpritesTests {
  private static let layers = ["body", "bottomwear", "topwear", "hair"]

  /// Sheets of flat cells. Red is the cell's row, green its column, blue the variant; layer l covers the quarter of each
  /// cell from row 16 l on, the shoes the rightmost column.
  private func sheets() throws -> DataTestFolder {
    let folder = try DataTestFolder()
    func write(_ name: String, blue: UInt8, covers: (_ row: Int, _ column: Int) -> Bool) throws {
      var file = [UInt8](repeating: 0, count: 832 * 1344 * 4)
      for y in 0..<1344 {
        for x in 0..<832 where covers(y % 64, x % 64) {
          file.replaceSubrange(
            (y * 832 + x) * 4..<(y * 832 + x) * 4 + 4, with: [UInt8(y / 64), UInt8(x / 64), blue, 255])
        }
      }
      try folder.write(name, Self.png(width: 832, height: 1344, file))
    }
    for (place, layer) in Self.layers.enumerated() {
      for variant in 0..<6 {
        try write("\(layer)/\(variant).png", blue: UInt8(variant)) { row, _ in row / 16 == place }
      }
    }
    try write("shoes/1.png", blue: 9) { _, column in column == 63 }
    return folder
  }

  /// A PNG file of pixels (height, width, RGBA).
  private static func png(width: Int, height: Int, _ pixels: [UInt8]) -> Data {
    var image = png_image()
    (image.version, image.format) = (
      png_uint_32(PNG_IMAGE_VERSION), png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
    )
    (image.width, image.height) = (png_uint_32(width), png_uint_32(height))
    defer { png_image_free(&image) }
    var size = pixels.count
    var file = Data(count: size)
    let written = file.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil)
    }
    precondition(written != 0, "flat cells take less than their pixels")
    return file.prefix(size)
  }

  /// `numpy.random.seed(423); numpy.random.permutation(1296)`, and `seed(1); permutation(10)`, of numpy 2.4.
  @Test func theOrderIsThatOfNumPy() {
    var shuffle = NumPyRandom(seed: 423)
    let order = shuffle.permutation(1296)
    #expect(order.prefix(8) == [1116, 1135, 17, 469, 1293, 491, 869, 961] && order.suffix(4) == [623, 26, 56, 1262])
    #expect(order.enumerated().reduce(0) { $0 + $1.offset * $1.element } == 541_131_056)
    var small = NumPyRandom(seed: 1)
    #expect(small.permutation(10) == [2, 9, 6, 4, 0, 3, 1, 7, 8, 5])
  }

  @Test func layersAndCellsAreThePublishedOnes() throws {
    let folder = try sheets()
    let sprites = try LPCSprites(root: folder.url)
    #expect(sprites.count == 11_664 && sprites.channels == 3)
    #expect(sprites.classes.map(\.name) == Self.layers + ["action"] && sprites.classes[4].values.count == 9)
    // Character 1116 = 5 * 216 + 1 * 36 + 0 * 6 + 0 is the first.
    #expect(sprites.name(at: 0) == "5-1-0-0/walk-front" && sprites.name(at: 5) == "5-1-0-0/spellcard-right")
    let walk = sprites.clip(at: 0)
    #expect(walk.labels == [5, 1, 0, 0, 0] && walk.split == .training && walk.frames.count == 8)
    #expect(sprites.clip(at: 8999).split == .training && sprites.clip(at: 9000).split == .heldOut)
    func pixel(_ frame: [UInt8], _ row: Int, _ column: Int) -> [UInt8] {
      (0..<3).map { frame[($0 * 64 + row) * 64 + column] }
    }
    for (layer, blue) in [5, 1, 0, 0].enumerated() {
      #expect(
        walk.frames.map { pixel($0, 16 * layer + 3, 20) } == [8, 1, 2, 3, 4, 5, 6, 7].map { [10, $0, UInt8(blue)] })
    }
    #expect(pixel(walk.frames[0], 5, 63) == [10, 8, 9])
    #expect(sprites.clip(at: 4).frames.map { pixel($0, 3, 3)[1] } == [0, 1, 2, 3, 4, 5, 4, 6])
    #expect(sprites.clip(at: 4).frames.allSatisfy { pixel($0, 3, 3)[0] == 1 })
    #expect(sprites.clip(at: 8).frames.map { pixel($0, 3, 3)[1] } == [0, 1, 2, 3, 4, 5, 4, 0])
    #expect(sprites.clip(at: 8).frames.allSatisfy { pixel($0, 3, 3)[0] == 15 })
  }

  @Test func whatIsMissingOrOfAnotherSizeIsTold() throws {
    let folder = try sheets()
    let hair = folder.url.appending(path: "hair/5.png")
    try folder.write(
      "hair/5.png", PNGImage(width: 64, height: 64, channels: 1, pixels: .init(repeating: 0, count: 4096)).pngData())
    #expect(
      message { _ = try LPCSprites(root: folder.url) }
        == "\(hair.path): 64 x 64 px, expected a sheet of 832 x 1344 px")
    try FileManager.default.removeItem(at: hair)
    #expect(message { _ = try LPCSprites(root: folder.url) }.hasPrefix("\(hair.path): cannot read"))
  }
}

import Files
import Foundation

/// The cells of one sheet of the Liberated Pixel Cup that are needed: 13 x 21 cells of 64 x 64 px, transparent around what they
/// show.
struct SpriteSheet: Sendable {
  /// Height and width of a cell in pixels.
  static let side = 64
  private static let (columns, rows) = (13, 21)

  /// One cell after the other, (side, side, RGBA).
  private let pixels: [UInt8]

  /// - Parameters:
  ///   - url: a PNG file.
  ///   - places: rows and columns of the cells, in the order in which `paint` counts them.
  /// - Throws: `FileError` if it cannot be read or has another size.
  init(_ url: URL, _ places: [(row: Int, column: Int)]) throws {
    let (data, name) = (try DataFile.read(url), url.relativePath)
    let header = try PNGStructure(data, from: name)
    let (width, height) = (Self.columns * Self.side, Self.rows * Self.side)
    guard header.width == width, header.height == height else {
      throw FileError(url, "\(header.width) x \(header.height) px, expected a sheet of \(width) x \(height) px")
    }
    let sheet = try PNGImage.decode(data, header, channels: 3, from: name)
    pixels = places.flatMap { place in
      (0..<Self.side).flatMap { row in
        let start = 4 * ((place.row * Self.side + row) * width + place.column * Self.side)
        return sheet[start..<start + 4 * Self.side]
      }
    }
  }

  /// Paints a cell over `picture`, (side, side, RGB), which is opaque.
  func paint(_ cell: Int, on picture: inout [UInt8]) {
    let start = 4 * cell * Self.side * Self.side
    for pixel in 0..<Self.side * Self.side {
      let alpha = Int(pixels[start + 4 * pixel + 3])
      guard alpha > 0 else { continue }
      for channel in 0..<3 {
        let (above, below) = (Int(pixels[start + 4 * pixel + channel]), Int(picture[3 * pixel + channel]))
        picture[3 * pixel + channel] = UInt8((above * alpha + below * (255 - alpha) + 127) / 255)
      }
    }
  }
}

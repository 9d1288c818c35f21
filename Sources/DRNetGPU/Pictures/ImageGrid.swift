/// Tiles images of one size into one picture: rows and columns with a margin around every cell.
package struct ImageGrid: Sendable {
  /// Pixels between and around cells.
  package var margin = 2
  /// Integer zoom factor of every cell.
  package var scale = 1
  /// Grey level of margins and empty cells.
  package var background: UInt8 = 96

  package init() {}

  /// The picture of the given rows; a nil cell stays empty. It is RGB if any cell is.
  package func image(_ rows: [[PNGImage?]]) -> PNGImage {
    let cells = rows.flatMap { $0.compactMap { $0 } }
    guard let first = cells.first else { preconditionFailure("a grid needs an image") }
    precondition(cells.allSatisfy { $0.width == first.width && $0.height == first.height }, "cells of one size")
    let channels = cells.map(\.channels).max()!
    let (stepX, stepY) = (first.width * scale + margin, first.height * scale + margin)
    let width = rows.map(\.count).max()! * stepX + margin
    let height = rows.count * stepY + margin
    var pixels = [UInt8](repeating: background, count: width * height * channels)
    for (row, cells) in rows.enumerated() {
      for (column, cell) in cells.enumerated() {
        guard let source = cell?.converted(channels: channels) else { continue }
        for y in 0..<source.height * scale {
          let target = (margin + row * stepY + y) * width + margin + column * stepX
          for x in 0..<source.width * scale {
            let from = y / scale * source.width + x / scale
            for channel in 0..<channels {
              pixels[(target + x) * channels + channel] = source.pixels[from * channels + channel]
            }
          }
        }
      }
    }
    return PNGImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// One row: the frames of a clip side by side.
  package func strip(_ frames: [PNGImage]) -> PNGImage { image([frames]) }
}

import Files
import Foundation

/// The Sprites of Li and Mandt (2018, github.com/YingzhenLi/Sprites): characters of the Liberated Pixel Cup, put together from
/// sheets of layers.
///
/// A character has one of six bodies, trousers or skirts, tops and hairs, and shoes of one kind: 1,296 in all. A clip is one of
/// three actions in one of three directions, 8 frames of 64 x 64 px. The published order of the characters (numpy's permutation
/// with seed 423) decides that the first 1,000 are for training and the others held out: 9,000 and 2,664 clips.
package struct LPCSprites: IndexedClipReader {
  /// Layers that differ, from below to above; the shoes are on top.
  private static let layers = ["body", "bottomwear", "topwear", "hair"]
  private static let shoes = "shoes/1.png"
  private static let variants = 6
  private static let characters = 1296
  private static let trainingCharacters = 1000

  /// Cells of a sheet that are the frames of an action, in the rows of the directions.
  private struct Action {
    let name: String
    /// Row of the action's first direction, which shows the back.
    let firstRow: Int
    /// Columns of the frames.
    let columns: [Int]
  }

  /// As published: actions of fewer pictures repeat some.
  private static let actions = [
    Action(name: "walk", firstRow: 8, columns: [8, 1, 2, 3, 4, 5, 6, 7]),
    Action(name: "spellcard", firstRow: 0, columns: [0, 1, 2, 3, 4, 5, 4, 6]),
    Action(name: "slash", firstRow: 12, columns: [0, 1, 2, 3, 4, 5, 4, 0]),
  ]
  /// Rows below an action's first.
  private static let directions = [("front", 2), ("left", 1), ("right", 3)]
  private static let cells = actions.flatMap { action in
    directions.map { direction, row in
      (name: "\(action.name)-\(direction)", places: action.columns.map { (row: action.firstRow + row, column: $0) })
    }
  }

  package let imageSize: Int
  package let channels = 3
  package let classes =
    layers.map { ClipClass($0, (0..<variants).map(String.init)) } + [ClipClass("action", cells.map(\.name))]
  package let factors: [ClipFactor] = []
  /// By layer and variant; then the shoes.
  private let sheets: [[SpriteSheet]]
  private let shoes: SpriteSheet
  /// Numbers of the characters in the published order.
  private let order: [Int]

  /// Reads the sheets.
  /// - Parameters:
  ///   - root: folder with the folders `body`, `bottomwear`, `topwear`, `hair` and `shoes`.
  ///   - imageSize: height and width of the frames in pixels.
  /// - Throws: `FileError` if a sheet is missing, damaged or of another size.
  package init(root: URL, imageSize: Int = 64) throws {
    self.imageSize = imageSize
    let places = Self.cells.flatMap(\.places)
    func sheet(_ name: String) throws -> SpriteSheet { try SpriteSheet(root.appending(path: name), places) }
    sheets = try Self.layers.map { layer in try (0..<Self.variants).map { try sheet("\(layer)/\($0).png") } }
    shoes = try sheet(Self.shoes)
    var shuffle = NumPyRandom(seed: 423)
    order = shuffle.permutation(Self.characters)
  }

  package var count: Int { Self.characters * Self.cells.count }

  package func name(at index: Int) -> String {
    variants(index).map(String.init).joined(separator: "-") + "/" + Self.cells[index % Self.cells.count].name
  }

  package func clip(at index: Int) -> PreparedClip {
    let (variants, action) = (variants(index), index % Self.cells.count)
    let frames = Self.cells[action].places.indices.map { frame in
      let cell = action * Self.cells[action].places.count + frame
      var picture = [UInt8](repeating: 0, count: 3 * SpriteSheet.side * SpriteSheet.side)
      for (layer, variant) in variants.enumerated() { sheets[layer][variant].paint(cell, on: &picture) }
      shoes.paint(cell, on: &picture)
      return PNGImage(width: SpriteSheet.side, height: SpriteSheet.side, channels: 3, pixels: picture)
        .resized(width: imageSize, height: imageSize).planes
    }
    return PreparedClip(
      name: name(at: index),
      split: index / Self.cells.count < Self.trainingCharacters ? .training : .heldOut, labels: variants + [action],
      factors: [], frames: frames, isCircular: false)
  }

  /// The variant of each layer, of which the last changes fastest with the character's number.
  private func variants(_ index: Int) -> [Int] {
    var number = order[index / Self.cells.count]
    return Self.layers.map { _ in
      defer { number /= Self.variants }
      return number % Self.variants
    }.reversed()
  }
}

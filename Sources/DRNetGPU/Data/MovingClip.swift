import TensorEngine

/// Position of an object: the pixel row and column of its upper left corner.
public struct ObjectPosition: Hashable, Sendable {
  /// Row in pixels.
  public var y: Int
  /// Column in pixels.
  public var x: Int
  /// A position in pixels.
  public init(y: Int, x: Int) {
    self.y = y
    self.x = x
  }
}

/// The picture of a moving object: a square of one colour that covers what is behind it.
public struct Sprite: Equatable, Sendable {
  /// Class of the object; 0 if the data have no labels.
  public let label: Int
  /// How much of each pixel the object covers, (spriteSize, spriteSize) in [0, 1].
  public let coverage: [Float]
  /// Brightness of each channel in [0, 1].
  public let colour: [Float]
}

/// Objects that move through a frame: a clip whose factors are all known.
public struct MovingClip: Equatable, Sendable {
  /// What a pixel shows that several objects are on.
  public enum Overlap: Sendable {
    /// The last object.
    case covered
    /// Their sum, at most 1. Nothing then tells which object is which.
    case added
  }

  /// Height and width of every sprite in pixels.
  public let spriteSize: Int
  /// Height and width of a frame in pixels.
  public let imageSize: Int
  /// What a pixel shows that several objects are on.
  public let overlap: Overlap
  /// The picture of each object.
  public let sprites: [Sprite]
  /// `positions[frame][object]`; each coordinate lies in 0...imageSize - spriteSize.
  public let positions: [[ObjectPosition]]

  /// Class of each object.
  public var labels: [Int] { sprites.map(\.label) }

  /// This clip's objects at the other clip's positions: the frames that swapping content and pose should give.
  public func placed(on other: MovingClip) -> MovingClip { with(sprites, at: other.positions) }

  /// `placed(on:)`, and if nothing tells which object is which, the same with the objects in every other order.
  public func arrangements(on other: MovingClip) -> [MovingClip] {
    guard overlap == .added else { return [placed(on: other)] }
    return Self.orders(of: sprites).map { with($0, at: other.positions) }
  }

  private static func orders(of sprites: [Sprite]) -> [[Sprite]] {
    guard sprites.count > 1 else { return [sprites] }
    return sprites.indices.flatMap { first in
      var others = sprites
      let sprite = others.remove(at: first)
      return orders(of: others).map { [sprite] + $0 }
    }
  }

  /// This clip's objects going on from frame `last` at the velocity that they had from the frame before; at the border
  /// of the frame they stop. As long as the clip, and the same up to `last`, which is at least 1.
  public func extrapolated(after last: Int) -> MovingClip {
    let (before, now) = (positions[last - 1], positions[last])
    let ahead = (last + 1..<max(positions.count, last + 1)).map { frame in
      zip(before, now).map { before, now in
        func coordinate(_ path: KeyPath<ObjectPosition, Int>) -> Int {
          let velocity = now[keyPath: path] - before[keyPath: path]
          return min(max(now[keyPath: path] + (frame - last) * velocity, 0), imageSize - spriteSize)
        }
        return ObjectPosition(y: coordinate(\.y), x: coordinate(\.x))
      }
    }
    return with(sprites, at: positions[...last] + ahead)
  }

  /// The path of one object: constant velocity; outside of 0...farthest it is set back to the border, and its velocity
  /// along that axis changes sign.
  static func path(
    from start: ObjectPosition, velocity: (y: Int, x: Int), farthest: Int, length: Int
  ) -> [ObjectPosition] {
    func bounce(_ position: inout Int, _ velocity: inout Int) {
      let inside = min(max(position, 0), farthest)
      if inside != position {
        position = inside
        velocity = -velocity
      }
    }
    var (position, velocity) = (start, velocity)
    return (0..<length).map { _ in
      bounce(&position.y, &velocity.y)
      bounce(&position.x, &velocity.x)
      defer {
        position.y += velocity.y
        position.x += velocity.x
      }
      return position
    }
  }

  /// Draws start and velocity of each sprite, in a frame twice as high and wide. In frames of 64 px they are integers in 0..<32
  /// and in -4...4. Both scale with the frame, so that objects need the same number of frames from border to border.
  init(_ sprites: [Sprite], spriteSize: Int, length: Int, random: inout CounterRandom) {
    let farthest = spriteSize
    let speeds = -(spriteSize / 8)...spriteSize / 8
    let paths = sprites.map { _ in
      let start = ObjectPosition(y: random.integer(in: 0...farthest - 1), x: random.integer(in: 0...farthest - 1))
      return Self.path(
        from: start, velocity: (y: random.integer(in: speeds), x: random.integer(in: speeds)), farthest: farthest,
        length: length)
    }
    self.init(
      sprites, spriteSize: spriteSize, imageSize: 2 * spriteSize, overlap: .covered,
      positions: (0..<length).map { frame in paths.map { $0[frame] } })
  }

  /// A clip of these objects at these positions, see the properties.
  init(_ sprites: [Sprite], spriteSize: Int, imageSize: Int, overlap: Overlap, positions: [[ObjectPosition]]) {
    (self.sprites, self.spriteSize, self.imageSize) = (sprites, spriteSize, imageSize)
    (self.overlap, self.positions) = (overlap, positions)
  }

  private func with(_ sprites: [Sprite], at positions: [[ObjectPosition]]) -> MovingClip {
    MovingClip(sprites, spriteSize: spriteSize, imageSize: imageSize, overlap: overlap, positions: positions)
  }

  /// Paints a frame (C, imageSize, imageSize) on black.
  func render(frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    pixels.update(repeating: 0)
    let side = imageSize
    let frame = pixels.baseAddress!
    for (sprite, corner) in zip(sprites, positions[index]) {
      sprite.coverage.withUnsafeBufferPointer { coverage in
        for (channel, colour) in sprite.colour.enumerated() {
          for row in 0..<spriteSize {
            let shares = coverage.baseAddress! + row * spriteSize
            let target = frame + channel * side * side + (corner.y + row) * side + corner.x
            switch overlap {
            case .covered: for column in 0..<spriteSize { target[column] += shares[column] * (colour - target[column]) }
            case .added:
              for column in 0..<spriteSize { target[column] = min(target[column] + shares[column] * colour, 1) }
            }
          }
        }
      }
    }
  }
}

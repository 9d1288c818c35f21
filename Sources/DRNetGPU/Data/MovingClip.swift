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

/// Objects that move through a frame twice as high and wide as they are: a clip whose factors are all known.
public struct MovingClip: Equatable, Sendable {
  /// Height and width of every sprite in pixels: 32 in frames of 64 px, 64 in frames of 128 px.
  public let spriteSize: Int
  /// The picture of each object.
  public let sprites: [Sprite]
  /// `positions[frame][object]`; each coordinate lies in 0...spriteSize.
  public let positions: [[ObjectPosition]]

  /// Class of each object.
  public var labels: [Int] { sprites.map(\.label) }

  /// This clip's objects at the other clip's positions: the frames that swapping content and pose should give.
  public func placed(on other: MovingClip) -> MovingClip {
    MovingClip(spriteSize: spriteSize, sprites: sprites, positions: other.positions)
  }

  /// This clip's objects going on from frame `last` at the velocity that they had from the frame before; at the border
  /// of the frame they stop. As long as the clip, and the same up to `last`, which is at least 1.
  public func extrapolated(after last: Int) -> MovingClip {
    let (before, now) = (positions[last - 1], positions[last])
    let ahead = (last + 1..<max(positions.count, last + 1)).map { frame in
      zip(before, now).map { before, now in
        func coordinate(_ path: KeyPath<ObjectPosition, Int>) -> Int {
          let velocity = now[keyPath: path] - before[keyPath: path]
          return min(max(now[keyPath: path] + (frame - last) * velocity, 0), spriteSize)
        }
        return ObjectPosition(y: coordinate(\.y), x: coordinate(\.x))
      }
    }
    return MovingClip(spriteSize: spriteSize, sprites: sprites, positions: positions[...last] + ahead)
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

  /// Draws start and velocity of each sprite. In frames of 64 px they are integers in 0..<32 and in -4...4. Both scale
  /// with the frame, so that objects need the same number of frames from border to border.
  init(_ sprites: [Sprite], spriteSize: Int, length: Int, random: inout CounterRandom) {
    self.sprites = sprites
    self.spriteSize = spriteSize
    let farthest = spriteSize
    let speeds = -(spriteSize / 8)...spriteSize / 8
    let paths = sprites.map { _ in
      let start = ObjectPosition(y: random.integer(in: 0...farthest - 1), x: random.integer(in: 0...farthest - 1))
      return Self.path(
        from: start, velocity: (y: random.integer(in: speeds), x: random.integer(in: speeds)), farthest: farthest,
        length: length)
    }
    positions = (0..<length).map { frame in paths.map { $0[frame] } }
  }

  private init(spriteSize: Int, sprites: [Sprite], positions: [[ObjectPosition]]) {
    self.spriteSize = spriteSize
    self.sprites = sprites
    self.positions = positions
  }

  /// Paints a frame (C, 2 spriteSize, 2 spriteSize) on black, the last object in front.
  func render(frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    pixels.update(repeating: 0)
    let side = 2 * spriteSize
    let frame = pixels.baseAddress!
    for (sprite, corner) in zip(sprites, positions[index]) {
      sprite.coverage.withUnsafeBufferPointer { coverage in
        for (channel, colour) in sprite.colour.enumerated() {
          for row in 0..<spriteSize {
            let shares = coverage.baseAddress! + row * spriteSize
            let target = frame + channel * side * side + (corner.y + row) * side + corner.x
            for column in 0..<spriteSize {
              target[column] += shares[column] * (colour - target[column])
            }
          }
        }
      }
    }
  }
}

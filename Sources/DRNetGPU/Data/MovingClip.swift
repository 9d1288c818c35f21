/// Where an object is: the pixel row and column of its upper left corner.
public struct ObjectPosition: Hashable, Sendable {
  public var y: Int
  public var x: Int
  public init(y: Int, x: Int) {
    self.y = y
    self.x = x
  }
}

/// One object to move about: 32 x 32 pixels of one colour that cover what is behind them.
public struct Sprite: Equatable, Sendable {
  /// Height and width in pixels.
  public static let size = 32
  /// Class of the object; 0 where the data have no labels.
  public let label: Int
  /// How much of each pixel the object covers, (32, 32) in [0, 1].
  public let coverage: [Float]
  /// Brightness of each channel in [0, 1].
  public let colour: [Float]
}

/// Objects on their ways through a frame of 64 x 64 pixels: a clip whose factors are all known.
public struct MovingClip: Equatable, Sendable {
  public static let imageSize = 64
  /// Corner positions run over 0...32 on both axes.
  static let farthest = imageSize - Sprite.size
  /// Largest velocity in pixels a frame, on each axis.
  static let topSpeed = 4

  public let sprites: [Sprite]
  /// `positions[frame][object]`.
  public let positions: [[ObjectPosition]]

  /// Class of each object.
  public var labels: [Int] { sprites.map(\.label) }

  /// This clip's objects on the other clip's ways: the true composite that a swap of content and pose should give.
  public func placed(on other: MovingClip) -> MovingClip {
    MovingClip(sprites: sprites, positions: other.positions)
  }

  /// One object's way: constant velocity; beyond a border it is put back onto it and turns round on that axis.
  static func path(from start: ObjectPosition, velocity: (y: Int, x: Int), length: Int) -> [ObjectPosition] {
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

  private static func bounce(_ position: inout Int, _ velocity: inout Int) {
    let inside = min(max(position, 0), farthest)
    if inside != position {
      position = inside
      velocity = -velocity
    }
  }

  /// Draws start and velocity of each sprite: whole numbers of 0..<32 and of -4...4.
  init(_ sprites: [Sprite], length: Int, random: inout CounterRandom) {
    self.sprites = sprites
    let paths = sprites.map { _ in
      let start = ObjectPosition(
        y: random.integer(in: 0...Self.farthest - 1), x: random.integer(in: 0...Self.farthest - 1))
      let speeds = -Self.topSpeed...Self.topSpeed
      return Self.path(
        from: start, velocity: (y: random.integer(in: speeds), x: random.integer(in: speeds)), length: length)
    }
    positions = (0..<length).map { frame in paths.map { $0[frame] } }
  }

  private init(sprites: [Sprite], positions: [[ObjectPosition]]) {
    self.sprites = sprites
    self.positions = positions
  }

  /// Paints a frame (C, 64, 64) on black, the last object in front.
  func render(frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    pixels.update(repeating: 0)
    let plane = Self.imageSize * Self.imageSize
    let frame = pixels.baseAddress!
    for (sprite, corner) in zip(sprites, positions[index]) {
      sprite.coverage.withUnsafeBufferPointer { coverage in
        for (channel, colour) in sprite.colour.enumerated() {
          for row in 0..<Sprite.size {
            let shares = coverage.baseAddress! + row * Sprite.size
            let target = frame + channel * plane + (corner.y + row) * Self.imageSize + corner.x
            for column in 0..<Sprite.size {
              target[column] += shares[column] * (colour - target[column])
            }
          }
        }
      }
    }
  }
}

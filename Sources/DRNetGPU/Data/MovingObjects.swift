import Files
import TensorEngine

/// A source of pictures of single objects, which `MovingObjects` moves through frames.
public protocol SpriteSource: Sendable {
  /// Height and width of a picture in pixels.
  var spriteSize: Int { get }
  /// Channels of a frame that holds `objects` objects.
  func channels(objects: Int) -> Int
  /// Names of the classes in the order of their labels; empty if the data have none.
  var classNames: [String] { get }
  /// One line for the user: what the pictures are.
  var summary: String { get }
  /// Number of different pictures in a split; nil if every draw makes a new one.
  func spriteCount(_ split: Split) -> Int?
  /// Draws the picture of object `index` of `objects`.
  func drawSprite(_ split: Split, object index: Int, of objects: Int, random: inout CounterRandom) -> Sprite
}

/// One to three objects that bounce at constant speed through frames twice as high and wide as they are.
public struct MovingObjects: FactorSource {
  /// The pictures of the objects.
  public let sprites: any SpriteSource
  /// Objects in a frame: 1 to 3.
  public let objects: Int

  /// - Throws: `SettingError` unless there are 1 to 3 objects: each may take one of a frame's three channels.
  public init(_ sprites: any SpriteSource, objects: Int = 1) throws {
    guard (1...3).contains(objects) else { throw SettingError("objects", objects, expected: "1, 2 or 3") }
    self.sprites = sprites
    self.objects = objects
  }

  /// Channels of a frame: 1 (grey) or 3 (RGB).
  public var channels: Int { sprites.channels(objects: objects) }
  /// Height and width of a frame in pixels: twice those of a sprite.
  public var imageSize: Int { 2 * sprites.spriteSize }
  /// Names of the classes in the order of their labels; empty if the data have none.
  public var classNames: [String] { sprites.classNames }
  /// One line for the user.
  public var summary: String {
    "\(sprites.summary), \(objects == 1 ? "one object" : "\(objects) objects") a clip, "
      + "\(imageSize) x \(imageSize) px, \(channels == 1 ? "grey" : "colour")"
  }
  /// nil: every draw makes a new clip.
  public func clipCount(_ split: Split) -> Int? { nil }

  /// Draws the objects, their starts and velocities; the clip has `length` frames.
  public func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> MovingClip {
    let drawn = (0..<objects).map { sprites.drawSprite(split, object: $0, of: objects, random: &random) }
    return MovingClip(drawn, spriteSize: sprites.spriteSize, length: length, random: &random)
  }

  /// Writes frame `index` as (C, H, W) in [0, 1], on black, the last object in front.
  public func render(_ clip: MovingClip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    clip.render(frame: index, into: pixels)
  }
}

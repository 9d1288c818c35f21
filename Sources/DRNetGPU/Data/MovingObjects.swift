import Files
import TensorEngine

/// Pictures of single objects, for `MovingObjects` to move about.
public protocol SpriteSource: Sendable {
  /// Height and width of a picture in pixels.
  var spriteSize: Int { get }
  /// Channels of a frame that holds `objects` objects.
  func channels(objects: Int) -> Int
  var classNames: [String] { get }
  var summary: String { get }
  /// Number of different pictures; nil where every draw makes a new one.
  func spriteCount(_ split: Split) -> Int?
  /// Draws the picture of object `index` of `objects`.
  func drawSprite(_ split: Split, object index: Int, of objects: Int, random: inout CounterRandom) -> Sprite
}

/// One to three objects that bounce at constant speed through frames twice as high and wide as they are.
public struct MovingObjects: FactorSource {
  public let sprites: any SpriteSource
  public let objects: Int

  /// - Throws: `SettingError` unless there are 1 to 3 objects: a frame has three channels, and each object one of its own.
  public init(_ sprites: any SpriteSource, objects: Int = 1) throws {
    guard (1...3).contains(objects) else { throw SettingError("objects", objects, expected: "1, 2 or 3") }
    self.sprites = sprites
    self.objects = objects
  }

  public var channels: Int { sprites.channels(objects: objects) }
  public var imageSize: Int { 2 * sprites.spriteSize }
  public var classNames: [String] { sprites.classNames }
  public var summary: String {
    "\(sprites.summary), \(objects == 1 ? "one object" : "\(objects) objects") a clip, "
      + "\(imageSize) x \(imageSize) px, \(channels == 1 ? "grey" : "colour")"
  }
  public func clipCount(_ split: Split) -> Int? { nil }

  public func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> MovingClip {
    let drawn = (0..<objects).map { sprites.drawSprite(split, object: $0, of: objects, random: &random) }
    return MovingClip(drawn, spriteSize: sprites.spriteSize, length: length, random: &random)
  }

  public func render(_ clip: MovingClip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    clip.render(frame: index, into: pixels)
  }
}

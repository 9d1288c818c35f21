import Files
import Foundation
import TensorEngine

/// Moving MNIST as the prediction of video is measured on (Srivastava et al. 2015; Denton and Fergus 2018; Donà et al. 2021):
/// grey digits of 28 px in frames of 64 px, added where they meet, with whole speeds of -4 to 4 px a frame, which the
/// borders reflect.
///
/// Training clips are drawn anew. Held-out clips are those of Donà et al., which numpy draws with seed 42: with two digits, 5,000
/// clips of all 10,000 test digits. They begin at their first frame.
public struct MovingMNIST: FactorSource {
  /// A held-out digit, where it starts, and its speed.
  private struct Start {
    let picture: Int
    let position: ObjectPosition
    let velocity: (y: Int, x: Int)
  }

  /// Digits in a frame: 1 to 3.
  public let objects: Int
  private let digits: IDXSprites
  /// For each held-out clip, its digits.
  private let heldOut: [[Start]]

  private static let spriteSize = 28
  private static let farthest = 64 - spriteSize
  private static let speeds = -4...4
  private static let publishedSeed: UInt32 = 42

  /// - Parameters:
  ///   - root: the folder of the IDX files, see `IDXSprites`.
  ///   - objects: digits in a frame.
  ///   - imageSize: height and width of the frames in pixels, which is 64.
  /// - Throws: `SettingError` unless there are 1 to 3 digits in frames of 64 px; `FileError` as `IDXSprites`.
  public init(root: URL, objects: Int, imageSize: Int = 64) throws {
    guard (1...3).contains(objects) else { throw SettingError("objects", objects, expected: "1, 2 or 3") }
    guard imageSize == 64 else { throw SettingError("image-size", imageSize, expected: "64, the size of Moving MNIST") }
    digits = try IDXSprites(name: root.lastPathComponent, root: root, spriteSize: Self.spriteSize, isGrey: true)
    self.objects = objects
    let count = digits.spriteCount(.heldOut)!
    guard count >= objects else {
      throw FileError(root, "\(count) held-out images, expected at least \(objects), one for each digit of a clip")
    }
    var random = NumPyRandom(seed: Self.publishedSeed)
    let order = random.permutation(count)
    heldOut = (0..<count / objects).map { clip in
      (0..<objects).map { object in
        let (y, x) = (random.integer(in: 0...Self.farthest), random.integer(in: 0...Self.farthest))
        let velocity = (y: random.integer(in: Self.speeds), x: random.integer(in: Self.speeds))
        return Start(picture: order[clip * objects + object], position: ObjectPosition(y: y, x: x), velocity: velocity)
      }
    }
  }

  /// 1: frames are grey.
  public var channels: Int { 1 }
  /// 64.
  public var imageSize: Int { 64 }
  /// The digits as text; empty if the data have no labels.
  public var classNames: [String] { digits.classNames }
  /// One line for the user.
  public var summary: String {
    "Moving MNIST of \(digits.summary), \(objects == 1 ? "one digit" : "\(objects) digits") a clip, 64 x 64 px, grey; "
      + "\(heldOut.count) held-out clips"
  }
  /// Held-out clips; nil for training, where every draw makes a new clip.
  public func clipCount(_ split: Split) -> Int? { split == .training ? nil : heldOut.count }

  /// A new training clip, or one of the held-out clips from its first frame on, with `length` frames.
  public func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> MovingClip {
    if split == .heldOut { return clip(random.integer(in: 0...heldOut.count - 1), length: length) }
    let sprites = (0..<objects).map { digits.drawSprite(.training, object: $0, of: objects, random: &random) }
    let paths = sprites.map { _ in
      let start = ObjectPosition(
        y: random.integer(in: 0...Self.farthest), x: random.integer(in: 0...Self.farthest))
      return Self.path(
        from: start, velocity: (y: random.integer(in: Self.speeds), x: random.integer(in: Self.speeds)), length: length)
    }
    return Self.clip(sprites, paths)
  }

  /// Held-out clips, each once; all of them in their published order. New ones for training.
  public func differentClips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [MovingClip] {
    guard split == .heldOut else {
      return try clips(step: step, size: size, length: length, split: split, seed: seed, purpose: purpose)
    }
    var random = CounterRandom(seed: seed, purpose: purpose, step: step)
    let chosen = size == heldOut.count ? Array(0..<size) : random.distinct(size, in: 0...heldOut.count - 1)
    return chosen.map { clip($0, length: length) }
  }

  /// Writes frame `index` as (1, 64, 64) in [0, 1].
  public func render(_ clip: MovingClip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    clip.render(frame: index, into: pixels)
  }

  private func clip(_ index: Int, length: Int) -> MovingClip {
    Self.clip(
      heldOut[index].map { digits.sprite(.heldOut, $0.picture, colour: [1]) },
      heldOut[index].map { Self.path(from: $0.position, velocity: $0.velocity, length: length) })
  }

  private static func clip(_ sprites: [Sprite], _ paths: [[ObjectPosition]]) -> MovingClip {
    MovingClip(
      sprites, spriteSize: spriteSize, imageSize: 64, overlap: .added,
      positions: paths[0].indices.map { frame in paths.map { $0[frame] } })
  }

  /// Constant velocity, reflected at 0 and at `farthest`.
  static func path(from start: ObjectPosition, velocity: (y: Int, x: Int), length: Int) -> [ObjectPosition] {
    func reflected(_ coordinate: Int) -> Int {
      let turn = 2 * farthest
      let place = (coordinate % turn + turn) % turn
      return min(place, turn - place)
    }
    return (0..<length).map {
      ObjectPosition(y: reflected(start.y + $0 * velocity.y), x: reflected(start.x + $0 * velocity.x))
    }
  }
}

import Files
import TensorEngine

/// Where clips come from. A source draws a clip and renders any of its frames; batches are made from these two below.
public protocol ClipSource: Sendable {
  /// One drawn clip: what is needed to render its frames, counted from a random anchor.
  associatedtype Clip: Sendable

  /// Colour channels of a frame: 1 or 3.
  var channels: Int { get }
  /// Height and width of a frame in pixels.
  var imageSize: Int { get }
  /// One line for people: what there is, and what is done to it.
  var summary: String { get }
  /// Number of clips of a split; nil where every draw makes a new one.
  func clipCount(_ split: Split) -> Int?

  /// Draws a clip and an anchor with at least `length` frames from the anchor on. Only `random` decides.
  func drawClip(_ split: Split, length: Int, random: inout CounterRandom) throws -> Clip

  /// Writes frame `index`, counted from the anchor, as (C, H, W) in [0, 1]; every element is written.
  func render(_ clip: Clip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws
}

/// A source that knows more of its clips than their frames.
public protocol LabelledSource: ClipSource {
  /// Names of the classes in the order of their labels; empty where the data have none.
  var classNames: [String] { get }
  /// What moves in a clip, such as position or azimuth; nil where nobody knows.
  var factorName: String? { get }
  /// The class of each object of a clip.
  func labels(of clip: Clip) -> [Int]
  /// What moves, in numbers, at a frame counted from the anchor.
  func factors(of clip: Clip, frame index: Int) -> [Float]
}

/// A source whose clips are known to the last detail: which objects, and where they are in each frame.
public protocol FactorSource: LabelledSource where Clip == MovingClip {
  /// Objects in a frame.
  var objects: Int { get }
}

extension FactorSource {
  public var factorName: String? { "position" }
  public func labels(of clip: MovingClip) -> [Int] { clip.labels }
  /// Row and column of each object.
  public func factors(of clip: MovingClip, frame index: Int) -> [Float] {
    clip.positions[index].flatMap { [Float($0.y), Float($0.x)] }
  }
}

/// Frames of a batch of clips, each an image tensor (N, C, H, W) in [0, 1]; row n of every one is of clip n.
public struct ClipBatch: Equatable, Sendable {
  public let frames: [HostTensor]
  public init(frames: [HostTensor]) { self.frames = frames }
}

extension ClipSource {
  /// A training batch: `frames[0]` is a random anchor of each clip, the others lie distinct random offsets of
  /// 1...maxStep frames after it, drawn for each clip by itself.
  /// - Throws: `SettingError` if `maxStep` leaves fewer than `frames - 1` offsets; `FileError` if a clip is too short or
  ///   cannot be read.
  public func batch(
    step: Int, size: Int, frames: Int = 4, maxStep: Int, split: Split = .training, seed: UInt64,
    purpose: CounterRandom.Purpose = .data
  ) throws -> ClipBatch {
    guard maxStep >= frames - 1 else {
      throw SettingError("max-step", maxStep, "at least \(frames - 1) is needed for \(frames - 1) distinct offsets")
    }
    var clips: [Clip] = []
    var offsets: [[Int]] = []
    for sample in 0..<size {
      var random = CounterRandom(seed: seed, purpose: purpose, step: step, sample: sample)
      clips.append(try drawClip(split, length: maxStep + 1, random: &random))
      offsets.append([0] + random.distinct(frames - 1, in: 1...maxStep))
    }
    return ClipBatch(
      frames: try (0..<frames).map { frame in try self.frames(of: clips, at: offsets.map { $0[frame] }) })
  }

  /// A batch of `length` consecutive frames of each clip, first to last.
  public func sequences(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> ClipBatch {
    let clips = try self.clips(step: step, size: size, length: length, split: split, seed: seed, purpose: purpose)
    return ClipBatch(frames: try (0..<length).map { try frames(of: clips, at: $0) })
  }

  /// The clips behind `sequences` of the same arguments.
  public func clips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [Clip] {
    try (0..<size).map { sample in
      var random = CounterRandom(seed: seed, purpose: purpose, step: step, sample: sample)
      return try drawClip(split, length: length, random: &random)
    }
  }

  /// Frame `index` of each clip: (N, C, H, W).
  public func frames(of clips: [Clip], at index: Int) throws -> HostTensor {
    try frames(of: clips, at: [Int](repeating: index, count: clips.count))
  }

  /// Frame `indices[n]` of clip n: (N, C, H, W).
  public func frames(of clips: [Clip], at indices: [Int]) throws -> HostTensor {
    precondition(clips.count == indices.count)
    let frameSize = channels * imageSize * imageSize
    let values = try [Float](unsafeUninitializedCapacity: clips.count * frameSize) { buffer, count in
      for (sample, clip) in clips.enumerated() {
        let pixels = UnsafeMutableBufferPointer(rebasing: buffer[sample * frameSize..<(sample + 1) * frameSize])
        try render(clip, frame: indices[sample], into: pixels)
      }
      count = clips.count * frameSize
    }
    return HostTensor(Shape(clips.count, channels, imageSize, imageSize), values)
  }
}

import Files
import TensorEngine

/// A source of clips, like a PyTorch Dataset. It draws random clips and renders their frames; `batch` and `sequences`
/// make training batches of them.
public protocol ClipSource: Sendable {
  /// A drawn clip: all that is needed to render its frames, which are counted from a random anchor.
  associatedtype Clip: Sendable

  /// Colour channels of a frame: 1 or 3.
  var channels: Int { get }
  /// Height and width of a frame in pixels.
  var imageSize: Int { get }
  /// One line for the user: what the clips are, and how they are converted.
  var summary: String { get }
  /// Number of clips in a split; nil if every draw makes a new one.
  func clipCount(_ split: Split) -> Int?

  /// Draws a clip and an anchor with at least `length` frames from the anchor on. The result must depend on nothing but
  /// the arguments, so that runs can be repeated.
  /// - Throws: any error, such as `FileError` if the clip cannot be read; it ends the training.
  func drawClip(_ split: Split, length: Int, random: inout CounterRandom) throws -> Clip

  /// Writes frame `index`, counted from the anchor, as (C, H, W) in [0, 1]. It must write every element.
  /// - Throws: any error, such as `FileError` if the frame cannot be read; it ends the training.
  func render(_ clip: Clip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws
}

/// A source that knows of each clip what it shows, or what changes within it, for evaluation.
public protocol LabelledSource: ClipSource {
  /// What is known of a clip as a whole; empty if nothing is.
  var classes: [ClipClass] { get }
  /// What is known to change within a clip; empty if nothing is.
  var factors: [ClipFactor] { get }
  /// The value of each of `classes` for a clip, as a position in its values.
  func labels(of clip: Clip) -> [Int]
  /// The numbers of all `factors`, one factor after the other, at a frame counted from the anchor.
  func factors(of clip: Clip, frame index: Int) -> [Float]
  /// As `clips`, but no two of them are the same. There must be so many clips, see `clipCount`.
  /// - Throws: what `drawClip` throws.
  func differentClips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [Clip]
  /// The same clip with another anchor, drawn at random among those with at least `length` frames from there on.
  /// - Throws: what `drawClip` throws.
  func fromAnotherFrame(_ clip: Clip, length: Int, random: inout CounterRandom) throws -> Clip
}

extension LabelledSource {
  /// Of a source whose clips begin at their anchor: the clip as it is.
  public func fromAnotherFrame(_ clip: Clip, length: Int, random: inout CounterRandom) throws -> Clip { clip }

  /// Of a source that draws every clip anew.
  public func differentClips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [Clip] {
    precondition(clipCount(split) == nil, "clips of a fixed number are chosen among them")
    return try clips(step: step, size: size, length: length, split: split, seed: seed, purpose: purpose)
  }
}

/// A source of moving objects, whose clips are fully known: which objects, and where they are in each frame.
public protocol FactorSource: LabelledSource where Clip == MovingClip {
  /// Objects in a frame.
  var objects: Int { get }
  /// Names of the classes of objects in the order of their labels; empty if the data have none.
  var classNames: [String] { get }
}

extension FactorSource {
  /// The class of each object.
  public var classes: [ClipClass] {
    guard !classNames.isEmpty else { return [] }
    return (1...objects).map { ClipClass(objects == 1 ? "class" : "class \($0)", classNames) }
  }
  /// Row and column of each object.
  public var factors: [ClipFactor] { [ClipFactor("position", size: 2 * objects)] }
  /// The class of each object of a clip.
  public func labels(of clip: MovingClip) -> [Int] { clip.labels }
  /// Row and column of each object in pixels.
  public func factors(of clip: MovingClip, frame index: Int) -> [Float] {
    clip.positions[index].flatMap { [Float($0.y), Float($0.x)] }
  }
}

/// Frames of a batch of N clips.
public struct ClipBatch: Equatable, Sendable {
  /// (N, C, H, W) each, in [0, 1]; row n of each is from clip n.
  public let frames: [HostTensor]
  /// A batch of frames, (N, C, H, W) each.
  public init(frames: [HostTensor]) { self.frames = frames }
}

extension ClipSource {
  /// A training batch of N = `size` clips: `frames[0]` is a random frame of each clip, the anchor; the others follow it
  /// by distinct random offsets of 1...maxStep frames, which are drawn for each clip separately.
  /// - Parameters:
  ///   - step: number of the batch; the same arguments give the same batch.
  ///   - size: N.
  ///   - frames: frames of each clip.
  ///   - maxStep: the largest offset.
  ///   - split: which clips.
  ///   - seed: the seed of the run.
  ///   - purpose: separates the random numbers of several uses.
  /// - Returns: frames (N, C, H, W) each, in [0, 1].
  /// - Throws: `SettingError` if `maxStep` leaves fewer than `frames - 1` offsets; `FileError` if a clip is too short
  ///   or cannot be read.
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

  /// A batch of `length` consecutive frames of each of N = `size` clips. See `batch` for the other parameters.
  /// - Returns: frames (N, C, H, W) each, in [0, 1], first to last.
  /// - Throws: `FileError` if a clip is too short or cannot be read.
  public func sequences(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> ClipBatch {
    let clips = try self.clips(step: step, size: size, length: length, split: split, seed: seed, purpose: purpose)
    return ClipBatch(frames: try (0..<length).map { try frames(of: clips, at: $0) })
  }

  /// The clips of which `sequences` returns the frames for the same arguments.
  /// - Throws: `FileError` if a clip is too short or cannot be read.
  public func clips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [Clip] {
    try (0..<size).map { sample in
      var random = CounterRandom(seed: seed, purpose: purpose, step: step, sample: sample)
      return try drawClip(split, length: length, random: &random)
    }
  }

  /// Frame `index` of each clip: (N, C, H, W) in [0, 1].
  /// - Throws: `FileError` if a frame cannot be read.
  public func frames(of clips: [Clip], at index: Int) throws -> HostTensor {
    try frames(of: clips, at: [Int](repeating: index, count: clips.count))
  }

  /// Frame `indices[n]` of clip n: (N, C, H, W) in [0, 1].
  /// - Throws: `FileError` if a frame cannot be read.
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

import Foundation
import TensorEngine

/// All settings of the training of the main model, as `config.json` holds them.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// Where the settings began; what is stored here may differ from it.
  public var preset: Preset?
  /// Clip source: the name of a `DataSet`.
  public var data = "embedded"
  /// Folder or file of the clips, where the source needs one.
  public var dataRoot: String?
  /// Moving objects in a clip.
  public var objects = 1
  /// Frames of one channel; nil and false leave that to the data.
  public var grey: Bool?
  /// Height and width of the frames in pixels.
  public var imageSize = 64
  public var channels = 1

  /// The networks; nil for dcgan. See `DecoderNetwork.contentEncoder` for what goes with what.
  public var contentEncoder: EncoderNetwork?
  public var poseEncoder: EncoderNetwork?
  public var decoder: DecoderNetwork?
  /// Filters of the networks' first layers; deeper ones have 2, 4 and 8 times as many.
  public var width = 64
  public var contentDim = 128
  public var poseDim = 10
  /// Scale pose vectors to unit length.
  public var normalize = false

  public var batchSize = 100
  /// Largest distance of two frames of a clip that train together.
  public var maxStep = 20
  /// Weight of the similarity loss.
  public var alpha = 1.0
  /// Steps over which alpha rises linearly from 0; nil for none. See `LossWeight`.
  public var alphaWarmUp: Int?
  /// Weight of the adversarial loss.
  public var beta = 0.1
  public var learningRate = 0.002
  /// Adam's decay of the first moment.
  public var beta1 = 0.5
  /// Lower the learning rate along half a cosine to 0 at the last step.
  public var cosine = false
  /// Decay of the moving average of the weights; nil for none.
  public var averageDecay: Double?
  /// In what format the device stores feature maps; nil for float.
  public var precision: Precision?

  public var steps = 10_000
  public var seed: UInt64 = 1
  /// Steps from one checkpoint to the next.
  public var saveEvery = 1000
  /// Steps from one row of metrics to the next.
  public var logEvery = 50
  /// Checkpoints to keep.
  public var keep = 3

  /// Settings of the pose LSTM, once it has been trained.
  public var pose: PoseConfiguration?

  public init() {}

  /// Checks every setting by itself and against the others.
  public func validate() throws {
    if data.isEmpty { throw SettingError("data", "''", expected: "the name of a clip source") }
    try require("objects", objects, in: 1...3)
    guard DRNet.imageSizes.contains(imageSize) else {
      throw SettingError("image-size", imageSize, expected: "64 or 128")
    }
    if channels != 1 && channels != 3 { throw SettingError("channels", channels, expected: "1 (grey) or 3 (colour)") }
    if let decoder, let needed = decoder.contentEncoder, needed != contentEncoder ?? .dcgan {
      throw SettingError(
        "decoder", decoder.rawValue,
        expected: "--content-encoder \(needed.rawValue) with it, whose feature maps it takes, or --decoder dcgan")
    }
    try require("width", width, in: 1...4096)
    try require("content-dim", contentDim, in: 1...65_536)
    try require("pose-dim", poseDim, in: 1...65_536)
    try requireBatch(batchSize)
    guard (3...1_000_000).contains(maxStep) else {
      throw SettingError("max-step", maxStep, expected: "3 to 1000000, since a clip gives three different offsets")
    }
    try requireWeight("alpha", alpha)
    if let alphaWarmUp { try require("alpha-warm-up", alphaWarmUp, in: 1...1_000_000_000) }
    try requireWeight("beta", beta)
    try requireRate("learning-rate", learningRate)
    try requireDecay("beta1", beta1)
    if let averageDecay { try requireDecay("average-decay", averageDecay) }
    try requireSchedule(steps: steps, saveEvery: saveEvery, logEvery: logEvery, keep: keep)
    try pose?.validate()
  }
}

func require(_ flag: String, _ value: Int, in range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw SettingError(flag, value, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
  }
}

func requireBatch(_ size: Int) throws {
  guard (2...65_536).contains(size) else {
    throw SettingError(
      "batch-size", size, expected: "2 to 65536, since batch norm and pairs of different clips need more than one clip")
  }
}

func requireWeight(_ flag: String, _ value: Double) throws {
  guard value.isFinite, value >= 0 else { throw SettingError(flag, value, expected: "a number from 0 up") }
}

func requireRate(_ flag: String, _ value: Double) throws {
  guard value.isFinite, value > 0 else { throw SettingError(flag, value, expected: "a number above 0") }
}

func requireDecay(_ flag: String, _ value: Double) throws {
  guard value >= 0, value < 1 else { throw SettingError(flag, value, expected: "a number from 0 up and below 1") }
}

func requireSchedule(steps: Int, saveEvery: Int, logEvery: Int, keep: Int) throws {
  try require("steps", steps, in: 1...1_000_000_000)
  try require("save-every", saveEvery, in: 1...1_000_000_000)
  try require("log-every", logEvery, in: 1...1_000_000_000)
  try require("keep", keep, in: 1...1_000_000)
}

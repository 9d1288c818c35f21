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
  /// - Throws: `SettingError` for the first that cannot be used.
  public func validate() throws {
    try validateEach()
    if let decoder, let needed = decoder.contentEncoder, needed != contentEncoder ?? .dcgan {
      throw SettingError(
        "decoder", decoder.rawValue,
        expected: "--content-encoder \(needed.rawValue) with it, whose feature maps it takes, or --decoder dcgan")
    }
    try pose?.validate()
  }
}

import Foundation
import TensorEngine

/// All settings of the main model's training, as stored in `config.json`.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// The preset that the settings started from; the settings may differ from it.
  public var preset: Preset?
  /// File of the weights that the training begins with; nil for fresh ones.
  public var `init`: String?
  /// Clip source: the name of a `DataSet`.
  public var data = "embedded"
  /// Folder or file of the clips, if the source needs one.
  public var dataRoot: String?
  /// Moving objects in a clip.
  public var objects = 1
  /// Whether to convert frames to one channel; if nil or false, the data decide.
  public var grey: Bool?
  /// Height and width of the frames in pixels.
  public var imageSize = 64
  /// Channels of the frames: 1 (grey) or 3 (RGB).
  public var channels = 1

  /// Network of the content encoder; nil for dcgan.
  public var contentEncoder: EncoderNetwork?
  /// Network of the pose encoder; nil for dcgan.
  public var poseEncoder: EncoderNetwork?
  /// Network of the decoder; nil for dcgan. It may need its own content encoder, see `DecoderNetwork.contentEncoder`.
  public var decoder: DecoderNetwork?
  /// How the content encoder makes a vector of its last map; nil for convolution.
  public var contentHead: HeadNetwork?
  /// How the pose encoder makes a vector of its last map; nil for convolution.
  public var poseHead: HeadNetwork?
  /// The statistics that the pose is normalised with in training; nil for the batch's.
  public var poseNorm: HeadNorm?
  /// Filters of the networks' first layers; deeper ones have 2, 4 and 8 times as many.
  public var width = 64
  /// Length of a content vector.
  public var contentDim = 128
  /// Length of a pose vector.
  public var poseDim = 10
  /// Whether to scale pose vectors to unit length.
  public var normalize = false

  /// Clips per step.
  public var batchSize = 100
  /// Largest distance of two frames of a clip that train together.
  public var maxStep = 20
  /// What the frames of a step are drawn from; nil for clip.
  public var scene: SceneExtent?
  /// Weight of the error of the decoded frames' edges; nil for none. See `EdgeErrorForward`.
  public var edges: Double?
  /// Weight of the similarity loss.
  public var alpha = 1.0
  /// Steps over which alpha rises linearly from 0; nil for none. See `LossWeight`.
  public var alphaWarmUp: Int?
  /// Weight of InfoNCE between two frames' content; nil for none.
  public var contrast: Double?
  /// Weight of the cross-covariance of content and pose; nil for none.
  public var crossCovariance: Double?
  /// Steps over which that weight rises linearly from 0; nil for none. See `LossWeight`.
  public var crossCovarianceWarmUp: Int?
  /// Network of the adversary; nil for scene.
  public var adversary: AdversaryNetwork?
  /// Weight of the adversarial loss.
  public var beta = 0.1
  /// Adam's learning rate at the first step.
  public var learningRate = 0.002
  /// Adam's decay of the first moment.
  public var beta1 = 0.5
  /// Whether the learning rate falls along half a cosine to 0 at the last step.
  public var cosine = false
  /// Decay of the moving average of the weights; nil for none.
  public var averageDecay: Double?
  /// Number format in which the device stores feature maps; nil for float.
  public var precision: Precision?

  /// Training steps in total.
  public var steps = 10_000
  /// Seed of all random numbers.
  public var seed: UInt64 = 1
  /// Steps from one checkpoint to the next.
  public var saveEvery = 1000
  /// Steps from one row of metrics to the next.
  public var logEvery = 50
  /// Checkpoints to keep.
  public var keep = 3

  /// The device that the run is trained on, as users are told; nil in runs of earlier builds.
  public var device: String?

  /// Settings of the pose LSTM, once it has been trained.
  public var pose: PoseConfiguration?

  /// The defaults.
  public init() {}

  /// Checks the range of every setting, and that the settings fit each other.
  /// - Throws: `SettingError` for the first setting that cannot be used.
  public func validate() throws {
    // A preset's warm-up follows the number of steps, so the steps are the first to be told.
    try Self.setting(\.steps).check(self)
    try validateEach()
    if let decoder, let needed = decoder.contentEncoder, needed != contentEncoder ?? .dcgan {
      throw SettingError(
        "decoder", decoder.rawValue,
        expected: "--content-encoder \(needed.rawValue) with it, whose feature maps it takes, or --decoder dcgan")
    }
    if contentHead == .profiles {
      throw SettingError(
        "content-head", "profiles",
        expected: "convolution or pooled; profiles tell the place of things, which is the pose's to tell")
    }
    if poseHead == .profiles, poseEncoder == .resnet18 {
      throw SettingError(
        "pose-head", "profiles", expected: "convolution or pooled with resnet18, or --pose-encoder dcgan or vgg")
    }
    if let contrast, contrast > 0, contentDim == 1 {
      throw SettingError(
        "contrast", contrast,
        expected: "--content-dim 2 or more with it; it compares directions, and one number has none")
    }
    if normalize, poseDim == 1 {
      throw SettingError(
        "pose-dim", 1, expected: "2 or more with --normalize; a single number of unit length is always 1 or -1")
    }
    try pose?.validate()
  }
}

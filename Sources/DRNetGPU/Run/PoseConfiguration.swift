/// All settings of the pose LSTM's training: the `pose` part of `config.json`.
public struct PoseConfiguration: Codable, Equatable, Sendable {
  /// Weights of the main model that encodes the clips; nil for the average, if one is kept.
  public var weights: ModelWeights?
  /// Steps of the main model that encodes the clips; nil in older runs.
  public var modelStep: Int?
  /// The device that it is trained on, as users are told; nil in older runs.
  public var device: String?
  /// Hidden units of each LSTM layer.
  public var rnnSize = 256
  /// Number of LSTM layers.
  public var rnnLayers = 2
  /// Frames that the LSTM observes.
  public var nPast = 10
  /// Frames that it is trained to predict.
  public var nFuture = 10

  /// Whether the LSTM predicts the difference from the current pose; nil for no.
  public var residual: Bool?
  /// Whether the LSTM attends to its states at the observed frames; nil for no.
  public var attention: Bool?
  /// Whether the LSTM scales predicted poses to unit length; nil for no.
  public var normalize: Bool?
  /// Standard deviation of the noise on true poses in training, as a share of the poses' own; nil for none.
  public var poseNoise: Double?
  /// Share of the predicted frames after the first for which training feeds the LSTM its own predictions; nil for none.
  /// They are the last ones of a sequence.
  public var freeRunning: Double?

  /// Clips per step.
  public var batchSize = 100
  /// Clips to train on again and again, which are encoded once; nil for new clips at every step.
  public var encodedClips: Int?
  /// Adam's learning rate at the first step.
  public var learningRate = 0.0002
  /// Adam's decay of the first moment.
  public var beta1 = 0.9
  /// Whether the learning rate falls along half a cosine to 0 at the last step.
  public var cosine = false

  /// Training steps in total.
  public var steps = 5000
  /// Seed of all random numbers.
  public var seed: UInt64 = 1
  /// Steps from one checkpoint to the next.
  public var saveEvery = 1000
  /// Steps from one row of metrics to the next.
  public var logEvery = 50
  /// Checkpoints to keep.
  public var keep = 3

  /// The defaults.
  public init() {}

  /// The defaults after the main model's training: the settings of its preset, its seed, its batch size, and its average
  /// if one is kept.
  public init(after main: RunConfiguration) {
    weights = main.averageDecay == nil ? .trained : .average
    batchSize = main.batchSize
    main.preset?.apply(to: &self, after: main)
    seed = main.seed
  }

  /// Checks the range of every setting.
  /// - Throws: `SettingError` for the first setting that cannot be used.
  public func validate() throws { try validateEach() }
}

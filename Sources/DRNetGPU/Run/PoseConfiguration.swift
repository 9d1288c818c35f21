/// All settings of the training of the pose LSTM: the `pose` part of `config.json`.
public struct PoseConfiguration: Codable, Equatable, Sendable {
  public var rnnSize = 256
  public var rnnLayers = 2
  /// Frames that the LSTM observes.
  public var nPast = 10
  /// Frames that it is trained to predict.
  public var nFuture = 10

  public var batchSize = 100
  public var learningRate = 0.0002
  /// Adam's decay of the first moment.
  public var beta1 = 0.9
  /// Lower the learning rate along half a cosine to 0 at the last step.
  public var cosine = false

  public var steps = 5000
  public var seed: UInt64 = 1
  /// Steps from one checkpoint to the next.
  public var saveEvery = 1000
  /// Steps from one row of metrics to the next.
  public var logEvery = 50
  /// Checkpoints to keep.
  public var keep = 3

  public init() {}

  /// The settings to begin with after the main model's training: those of its preset, its seed and its batch size.
  public init(after main: RunConfiguration) {
    batchSize = main.batchSize
    main.preset?.apply(to: &self, after: main)
    seed = main.seed
  }

  /// Checks every setting by itself.
  /// - Throws: `SettingError` for the first that cannot be used.
  public func validate() throws { try validateEach() }
}

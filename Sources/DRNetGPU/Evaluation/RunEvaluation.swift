import Files
import Foundation

extension TrainedRun {
  /// The clips and frames on which a run is evaluated.
  public struct EvaluationSettings: Sendable {
    /// Clips that the probes are fitted on.
    public var trainingClips = 4000
    /// Held-out clips for all measures but prediction.
    public var heldOutClips = 1000
    /// Held-out clips that are predicted.
    public var predictionClips = 256
    /// Frames to observe; nil for as many as the pose LSTM was trained with.
    public var observed: Int?
    /// Frames to predict after them; nil for as many as the pose LSTM was trained with.
    public var predicted: Int?
    /// Seed of the clips.
    public var seed: UInt64 = 7

    /// The defaults.
    public init() {}
  }

  /// Evaluates the run on held-out clips: reconstruction, probes of content and pose, and prediction if there is a pose
  /// LSTM.
  /// - Throws: `FileError` if `observed` or `predicted` is set but there is no pose LSTM, or the clips cannot be read;
  ///   `SettingError` if the settings do not fit the clips; `AllocationError` if memory runs out; `DeviceError` if the
  ///   device fails.
  public func evaluate(_ settings: EvaluationSettings) throws -> Evaluation {
    let needsLSTM = settings.observed != nil || settings.predicted != nil
    let lstm = try needsLSTM ? poseLSTM() : findPoseLSTM()
    let pose = configuration.pose ?? PoseConfiguration()
    let (observed, predicted) = (settings.observed ?? pose.nPast, settings.predicted ?? pose.nFuture)
    var evaluator = Evaluator(extractor)
    // The clips of the training are long enough for the pairs of its scene discriminator. Whether two poses are of one clip
    // is no question if a scene has many clips, which may be shorter.
    evaluator.maxStep = configuration.scene == .folder ? nil : min(configuration.maxStep, Evaluator.largestStep)
    let source = try clips(frames: max((evaluator.maxStep ?? 1) + 1, lstm == nil ? 0 : observed + predicted))
    evaluator.trainingClips = settings.trainingClips
    evaluator.heldOutClips = settings.heldOutClips
    evaluator.seed = settings.seed
    var evaluation = try evaluator.evaluate(source)
    evaluation.weights = weights
    evaluation.step = step
    evaluation.frames = step * configuration.batchSize
    if let lstm {
      evaluation.prediction = try PredictionQuality(
        of: PosePrediction(extractor, lstm, on: backend), on: source, observed: observed, predicted: predicted,
        clips: settings.predictionClips, seed: settings.seed)
    } else {
      evaluation.reasonWithoutPrediction = try reasonWithoutPoseLSTM()
    }
    return evaluation
  }

  /// Writes `evaluation.json` into the run's folder.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(_ evaluation: Evaluation) throws {
    try AtomicFile.write(ChecksummedJSON.encode(evaluation), to: folder.evaluationFile)
  }
}

extension RunFolder {
  /// Checks, without writing anything, that `evaluation.json` can be written. Call this before the measuring, which takes
  /// minutes.
  /// - Throws: `FileError` if it cannot.
  package func requireEvaluationWritable() throws { try AtomicFile.requireWritable(evaluationFile) }
}

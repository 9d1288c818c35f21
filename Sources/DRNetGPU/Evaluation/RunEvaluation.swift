import Files
import Foundation

extension TrainedRun {
  /// What a run is measured on.
  public struct EvaluationSettings: Sendable {
    /// Clips that the probes are fitted on.
    public var trainingClips = 4000
    /// Held-out clips that everything but prediction is measured on.
    public var heldOutClips = 1000
    /// Held-out clips that are predicted.
    public var predictionClips = 256
    /// Frames to observe, and to predict after them; nil for the numbers that the pose LSTM was trained with.
    public var observed: Int?
    public var predicted: Int?
    public var seed: UInt64 = 7

    public init() {}
  }

  /// Measures the run on held-out clips: reconstruction, what content and pose know, and prediction once there is a pose
  /// LSTM.
  /// - Throws: `FileError` if frames to predict are asked for without a pose LSTM, or the clips cannot be read;
  ///   `SettingError` if the settings do not fit the clips.
  public func evaluate(_ settings: EvaluationSettings) throws -> Evaluation {
    let isAsked = settings.observed != nil || settings.predicted != nil
    let lstm = try isAsked ? poseLSTM() : findPoseLSTM()
    let pose = configuration.pose ?? PoseConfiguration()
    let (observed, predicted) = (settings.observed ?? pose.nPast, settings.predicted ?? pose.nFuture)
    let source = try clips(frames: lstm == nil ? 2 : observed + predicted)

    var evaluator = Evaluator(extractor)
    evaluator.trainingClips = settings.trainingClips
    evaluator.heldOutClips = settings.heldOutClips
    evaluator.seed = settings.seed
    var evaluation = try evaluator.evaluate(source)
    evaluation.step = step
    evaluation.frames = step * configuration.batchSize
    if let lstm {
      evaluation.prediction = try PredictionQuality(
        of: PosePrediction(extractor, lstm, on: backend), on: source, observed: observed, predicted: predicted,
        clips: settings.predictionClips, seed: settings.seed)
    }
    return evaluation
  }

  /// Writes `evaluation.json` into the run.
  public func write(_ evaluation: Evaluation) throws {
    try AtomicFile.write(
      JSONEncoder.stable(isPretty: true).encode(evaluation) + Data("\n".utf8), to: folder.evaluationFile)
  }
}

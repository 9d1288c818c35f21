import Files
import Foundation
import TensorEngine

extension RunFolder {
  /// The newest checkpoint of a model whose numbers are all finite; nil if there is none at all.
  ///
  /// - Parameters:
  ///   - kind: which of the run's two models.
  ///   - skipping: called with one line for each newer checkpoint that cannot be used.
  /// - Throws: `FileError` if there are checkpoints and none is usable.
  public func newestCheckpoint(_ kind: Checkpoints.Kind, skipping: (String) -> Void) throws -> Checkpoints.Found? {
    let found = try Checkpoints(in: self, kind, keep: 1).newest { try $0.requireFinite() }
    for reason in found?.skipped ?? [] { skipping(reason) }
    return found
  }
}

/// A run with a trained model, opened for inference.
public struct TrainedRun {
  /// The folder of the run.
  public let folder: RunFolder
  /// The settings of the training.
  public let configuration: RunConfiguration
  /// Steps that the model was trained for.
  public let step: Int
  /// Which of the run's weights the model has.
  public let weights: ModelWeights
  /// The trained model.
  public let model: DRNet
  /// The backend that holds the model.
  public let backend: any Backend
  /// The weights whose poses the pose LSTM was trained on.
  private let weightsOfPose: ModelWeights
  private let skipping: (String) -> Void

  /// Opens the run in `folder` with the newest usable checkpoint of its model.
  ///
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - weights: which weights to use; nil for those that the pose LSTM was trained with or, before there is one, for
  ///     the average if it is kept.
  ///   - backend: evaluated once the files of the run have been read.
  ///   - skipping: called with one line for each checkpoint that cannot be used.
  /// - Throws: `FileError` if there is no run, no usable checkpoint in it, or no average; what `backend` throws.
  public init(
    _ folder: URL, weights: ModelWeights? = nil, on backend: @autoclosure () throws -> any Backend,
    skipping: @escaping (String) -> Void = { _ in }
  ) throws {
    self.folder = try RunFolder.open(folder)
    self.skipping = skipping
    configuration = try self.folder.configuration()
    guard let found = try self.folder.newestCheckpoint(.model, skipping: skipping) else {
      throw FileError(
        self.folder.checkpoints, "there is no checkpoint of the model yet; train it with drnet train")
    }
    step = found.step
    weightsOfPose = configuration.pose?.weights ?? .inUse(in: found.file)
    self.weights = weights ?? weightsOfPose
    let file = try self.weights.selected(in: found.file)
    self.backend = try backend()
    model = try DRNet.load(file, normalise: configuration.normalize, on: self.backend)
    guard model.sizes.imageSize == configuration.imageSize else {
      throw FileError(
        self.folder.configurationFile,
        "the frames have \(configuration.imageSize) px here (imageSize), those of the weights \(model.sizes.imageSize)")
    }
  }

  /// Which model this is, such as "averaged weights of step 1500".
  package var description: String { "\(weights.adjective) weights of step \(step)" }

  /// Whether `text` is such a description.
  static func isDescription(_ text: String) -> Bool {
    text.wholeMatch(of: /(averaged|trained) weights of step [0-9]{1,10}/) != nil
  }

  /// Encodes and decodes frames with the model.
  public var extractor: FeatureExtractor { FeatureExtractor(model, on: backend) }

  /// The run's clips, each with at least `frames` frames from its anchor on.
  /// - Throws: `FileError` if they cannot be opened, or their number of channels is not the model's.
  public func clips(frames: Int) throws -> any ClipSource {
    let clips = try folder.openClips(of: configuration, maxStep: frames - 1)
    try configuration.requireChannels(of: clips)
    return clips
  }

  /// The trained pose LSTM.
  /// - Throws: `FileError` if there is none for this model, or no usable checkpoint of it.
  public func poseLSTM() throws -> PoseLSTM {
    if let reason = try reasonWithoutPoseLSTM() { throw FileError(folder.checkpoints, reason) }
    guard let lstm = try newestPoseLSTM() else { throw FileError(folder.checkpoints, noPoseLSTM) }
    return lstm
  }

  /// The trained pose LSTM; nil if there is none for this model.
  /// - Throws: `FileError` if there are checkpoints of it and none is usable.
  public func findPoseLSTM() throws -> PoseLSTM? { try reasonWithoutPoseLSTM() == nil ? newestPoseLSTM() : nil }

  /// Why there is no pose LSTM for this model, and what to do; nil if there is one.
  /// - Throws: `FileError` if the folder of the checkpoints cannot be read.
  public func reasonWithoutPoseLSTM() throws -> String? {
    try Checkpoints(in: folder, .pose, keep: 1).list().isEmpty ? noPoseLSTM : poseLSTMMismatch
  }

  /// A pose LSTM predicts only for the weights whose poses it was trained on: in what those of the run's differ from this
  /// model's, and what to do; nil if they do not.
  public var poseLSTMMismatch: String? {
    if weights != weightsOfPose {
      return
        "the pose LSTM belongs to the \(weightsOfPose.adjective) weights; use --weights \(weightsOfPose.rawValue), or "
        + "train another with \(poseCommand) --weights \(weights.rawValue) --force"
    }
    guard let trainedOn = configuration.pose?.modelStep, trainedOn != step else { return nil }
    return
      "the pose LSTM was trained on the poses of step \(trainedOn), and the model is at step \(step); train another "
      + "with \(poseCommand) --force"
  }

  private var noPoseLSTM: String {
    let choice = weights == weightsOfPose ? "" : " --weights \(weights.rawValue)"
    return "there is no pose LSTM yet; train it with \(poseCommand)\(choice)"
  }
  private var poseCommand: String { "drnet train-pose \(folder.url.relativePath)" }

  private func newestPoseLSTM() throws -> PoseLSTM? {
    try folder.newestCheckpoint(.pose, skipping: skipping).map { try PoseLSTM.load($0.file, on: backend) }
  }
}

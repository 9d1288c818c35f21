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
  /// The trained model.
  public let model: DRNet
  /// The backend that holds the model.
  public let backend: any Backend
  private let skipping: (String) -> Void

  /// Opens the run in `folder` with the newest usable checkpoint of its model.
  ///
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - backend: evaluated once the files of the run have been read.
  ///   - skipping: called with one line for each checkpoint that cannot be used.
  /// - Throws: `FileError` if there is no run, or no usable checkpoint in it; what `backend` throws.
  public init(
    _ folder: URL, on backend: @autoclosure () throws -> any Backend, skipping: @escaping (String) -> Void = { _ in }
  ) throws {
    self.folder = try RunFolder.open(folder)
    self.skipping = skipping
    configuration = try self.folder.configuration()
    guard let found = try self.folder.newestCheckpoint(.model, skipping: skipping) else {
      throw FileError(
        self.folder.checkpoints, "there is no checkpoint of the model yet; train it with drnet train")
    }
    step = found.step
    self.backend = try backend()
    model = try DRNet.load(found.file, normalise: configuration.normalize, on: self.backend)
  }

  /// Encodes and decodes frames with the model.
  public var extractor: FeatureExtractor { FeatureExtractor(model, on: backend) }

  /// The run's clips, each with at least `frames` frames from its anchor on.
  /// - Throws: `SettingError` or `FileError` if they cannot be opened, or their number of channels is not the model's.
  public func clips(frames: Int) throws -> any ClipSource {
    let clips = try configuration.openClips(maxStep: frames - 1)
    try configuration.requireChannels(of: clips)
    return clips
  }

  /// The trained pose LSTM.
  /// - Throws: `FileError` if there is none yet, or no usable checkpoint of it.
  public func poseLSTM() throws -> PoseLSTM {
    guard let lstm = try findPoseLSTM() else {
      throw FileError(
        folder.checkpoints, "there is no pose LSTM yet; train it with drnet train-pose \(folder.url.relativePath)")
    }
    return lstm
  }

  /// The trained pose LSTM; nil if there is none yet.
  /// - Throws: `FileError` if there are checkpoints of it and none is usable.
  public func findPoseLSTM() throws -> PoseLSTM? {
    try folder.newestCheckpoint(.pose, skipping: skipping).map { try PoseLSTM.load($0.file, on: backend) }
  }
}

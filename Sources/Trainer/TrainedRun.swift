import DRNetGPU
import Files
import Foundation
import TensorEngine

/// A run with a trained model, opened for use.
struct TrainedRun {
  let folder: RunFolder
  let configuration: RunConfiguration
  let step: Int
  let model: DRNet
  let backend: any Backend

  init(_ path: String, on devices: DeviceOptions) throws {
    folder = try RunFolder.open(URL(filePath: path))
    configuration = try folder.configuration()
    guard let found = try Checkpoints(in: folder, .model, keep: 1).newest(accept: { try $0.requireFinite() }) else {
      throw FileError(folder.checkpoints, "there is no checkpoint of the model yet; train it with drnet train")
    }
    for reason in found.skipped { Terminal.message("passed over: \(reason)") }
    step = found.step
    backend = try devices.open()
    model = try DRNet.load(found.file, normalise: configuration.normalize, on: backend)
  }

  var extractor: FeatureExtractor { FeatureExtractor(model, on: backend) }

  /// The run's clips, each with at least `frames` frames from its anchor on.
  func clips(frames: Int) throws -> any ClipSource {
    let clips = try configuration.openClips(maxStep: frames - 1)
    try configuration.requireChannels(of: clips)
    return clips
  }

  /// The trained pose LSTM.
  func poseLSTM() throws -> PoseLSTM {
    guard let lstm = try findPoseLSTM() else {
      throw FileError(
        folder.checkpoints, "there is no pose LSTM yet; train it with drnet train-pose \(folder.url.relativePath)")
    }
    return lstm
  }

  /// The trained pose LSTM; nil where there is none yet.
  func findPoseLSTM() throws -> PoseLSTM? {
    guard let found = try Checkpoints(in: folder, .pose, keep: 1).newest(accept: { try $0.requireFinite() }) else {
      return nil
    }
    for reason in found.skipped { Terminal.message("passed over: \(reason)") }
    return try PoseLSTM.load(found.file, on: backend)
  }
}

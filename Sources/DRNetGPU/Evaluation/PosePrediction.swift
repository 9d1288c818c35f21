import Files
import TensorEngine

/// Predicts frames far ahead: the pose LSTM observes true poses, then takes its own predictions as input.
public struct PosePrediction {
  /// Encodes and decodes frames with the main model.
  public let extractor: FeatureExtractor
  /// The trained pose LSTM.
  public let lstm: PoseLSTM
  private let backend: any Backend

  /// A prediction with a main model and a pose LSTM on the same backend.
  public init(_ extractor: FeatureExtractor, _ lstm: PoseLSTM, on backend: any Backend) {
    self.extractor = extractor
    self.lstm = lstm
    self.backend = backend
  }

  /// Predicts the frames that follow the observed ones.
  /// - Parameters:
  ///   - observed: true frames, (N, C, S, S) each in [0, 1]; the content is that of the last.
  ///   - count: frames to predict after them.
  /// - Returns: `count` predicted frames, (N, C, S, S) each in (0, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func predict(observed: [HostTensor], count: Int) throws -> [HostTensor] {
    var frames: [HostTensor] = []
    try predict(observed: observed, count: count) { predicted, _ in frames.append(predicted) }
    return frames
  }

  /// Predicts frame by frame, so that memory does not grow with their number.
  /// - Parameters:
  ///   - observed: true frames, (N, C, S, S) each in [0, 1]; the content is that of the last.
  ///   - count: frames to predict after them.
  ///   - show: called with each predicted frame, (N, C, S, S) in (0, 1), and its pose, (N, pose).
  /// - Throws: what `show` throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func predict(observed: [HostTensor], count: Int, _ show: (HostTensor, HostTensor) throws -> Void) throws {
    guard let last = observed.last else { return }
    let poses = try observed.map(extractor.pose)
    let shown = try extractor.content(of: last)
    let content = try backend.upload(extractor.vectors(of: shown), as: .features)
    let tape = Tape(backend, mode: .frozen)
    var state = try lstm.initialState(batch: last.shape[0], on: backend)
    var pose = try backend.upload(poses[0], as: .features)
    for next in poses.dropFirst() {
      _ = try lstm.step(pose: pose, content: content, state: &state, isObserved: true, tape)
      pose = try backend.upload(next, as: .features)
    }
    for step in 0..<count {
      // The first prediction is made from the last true pose.
      pose = try lstm.step(pose: pose, content: content, state: &state, isObserved: step == 0, tape)
      let predicted = try backend.download(pose)
      try show(extractor.decode(shown, pose: predicted), predicted)
    }
  }
}

extension PosePrediction {
  /// A model and a pose LSTM from files, which may be one.
  /// - Parameters:
  ///   - file: the model.
  ///   - poseFile: the pose LSTM.
  ///   - normalise: whether the model scales poses to unit length; nil for what the file's metadata say, or no.
  ///   - backend: allocates the parameters.
  /// - Throws: as `DRNet.load` and `PoseLSTM.load`; `FileError` if the two do not fit each other.
  public static func load(
    _ file: SafetensorsFile, pose poseFile: SafetensorsFile, normalise: Bool? = nil, on backend: any Backend
  ) throws -> PosePrediction {
    let model = try DRNet.load(file, normalise: normalise, on: backend)
    let lstm = try PoseLSTM.load(poseFile, on: backend)
    guard lstm.poseDim == model.sizes.poseDim, lstm.contentDim == model.sizes.contentDim else {
      throw FileError(
        poseFile,
        "the pose LSTM is for poses of \(lstm.poseDim) and content of \(lstm.contentDim) numbers, the model has "
          + "\(model.sizes.poseDim) and \(model.sizes.contentDim); use the LSTM that was trained with it")
    }
    return PosePrediction(FeatureExtractor(model, on: backend), lstm, on: backend)
  }
}

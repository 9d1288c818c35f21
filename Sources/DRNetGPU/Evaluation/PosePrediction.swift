import TensorEngine

/// Predicts frames far ahead: observes, then feeds the pose LSTM its own poses.
public struct PosePrediction {
  public let extractor: FeatureExtractor
  public let lstm: PoseLSTM
  private let backend: any Backend

  public init(_ extractor: FeatureExtractor, _ lstm: PoseLSTM, on backend: any Backend) {
    self.extractor = extractor
    self.lstm = lstm
    self.backend = backend
  }

  /// - Parameters:
  ///   - observed: true frames from the first on, (N, C, S, S) each; the content is that of the last.
  ///   - count: frames to predict after them.
  /// - Returns: `count` predicted frames, (N, C, S, S) each.
  public func predict(observed: [HostTensor], count: Int) throws -> [HostTensor] {
    var frames: [HostTensor] = []
    try predict(observed: observed, count: count) { frames.append($0) }
    return frames
  }

  /// The same, frame by frame: holds no more than one of them, however many there are.
  public func predict(observed: [HostTensor], count: Int, _ show: (HostTensor) throws -> Void) throws {
    guard let last = observed.last else { return }
    let poses = try observed.map(extractor.pose)
    let shown = try extractor.content(of: last)
    let content = try backend.upload(extractor.vectors(of: shown), as: .features)
    let tape = Tape(backend, mode: .frozen)
    var state = try lstm.initialState(batch: last.shape[0], on: backend)
    var pose = try backend.upload(poses[0], as: .features)
    for next in poses.dropFirst() {
      _ = try lstm.step(pose: pose, content: content, state: &state, tape)
      pose = try backend.upload(next, as: .features)
    }
    for _ in 0..<count {
      pose = try lstm.step(pose: pose, content: content, state: &state, tape)
      try show(extractor.decode(shown, pose: backend.download(pose)))
    }
  }
}

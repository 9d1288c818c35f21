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
    let features = try observed.map(extractor.encode)
    guard let last = features.last else { return }
    let batch = last.pose.shape[0]
    let content = try backend.upload(last.content, as: .features)
    let shown = try extractor.content(of: observed[observed.count - 1])
    let tape = Tape(backend, mode: .frozen)
    var state = try lstm.initialState(batch: batch, on: backend)
    var pose = try backend.upload(features[0].pose, as: .features)
    for next in features.dropFirst() {
      _ = try lstm.step(pose: pose, content: content, state: &state, tape)
      pose = try backend.upload(next.pose, as: .features)
    }
    for _ in 0..<count {
      pose = try lstm.step(pose: pose, content: content, state: &state, tape)
      try show(extractor.decode(shown, pose: backend.download(pose)))
    }
  }
}

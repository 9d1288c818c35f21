import TensorEngine

/// Trains the pose LSTM on the poses of a finished model, whose encoders stay frozen.
public final class PoseTrainer {
  public struct Settings: Equatable, Sendable {
    public var learningRate: Float = 0.0002
    public var schedule: LearningRateSchedule = .constant
    public var beta1 = 0.9
    /// Frames observed; the content is that of the last of them.
    public var observed = 10

    public init() {}
  }

  /// What a step is given.
  public enum Input {
    /// h_p of T consecutive frames, (N, pose) each, and then h_c of the last observed one, (N, content).
    case features(clips: Int, frames: Int, poseDim: Int, contentDim: Int)
    /// T consecutive frames, (N, C, 64, 64) each, which the model encodes with its statistics frozen.
    case frames(DRNet, clips: Int, frames: Int)

    var clips: Int {
      switch self {
      case .features(let clips, _, _, _), .frames(_, let clips, _): clips
      }
    }

    var frames: Int {
      switch self {
      case .features(_, let frames, _, _), .frames(_, _, let frames): frames
      }
    }

    fileprivate var types: [TensorType] {
      switch self {
      case .features(let clips, let frames, let poseDim, let contentDim):
        // The poses of all time steps, those that come next, and the content.
        [TensorType](repeating: .features((frames - 1) * clips, poseDim), count: 2) + [.features(clips, contentDim)]
      case .frames(let model, let clips, let frames):
        [TensorType](
          repeating: TensorType(model.sizes.frames(clips), .features), count: frames)
      }
    }

    /// What a step is given, as tensors of `types`.
    fileprivate func tensors(_ sequences: [HostTensor]) -> [HostTensor] {
      switch self {
      case .features(_, let frames, let poseDim, _):
        precondition(sequences.count == frames + 1, "\(sequences.count) tensors for \(frames) poses and a content")
        let poses = sequences.dropLast()
        return [Array(poses.dropLast()), Array(poses.dropFirst())].map { HostTensor(rows: $0, of: [poseDim]) }
          + [sequences[frames]]
      case .frames(_, _, let frames):
        precondition(sequences.count == frames, "\(sequences.count) tensors for \(frames) frames")
        return sequences
      }
    }
  }

  public let lstm: PoseLSTM
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  /// Steps done.
  public internal(set) var step = 0
  var losses = LossQueue(names: ["posePrediction"])

  private let input: Input
  private let inputs: [Tensor]
  private let initialState: PoseLSTM.State
  /// The loss's weight: 1.
  private let one: Tensor
  private var recorded: (replay: any Replay, loss: Tensor)?

  /// - Parameter lstm: with its parameters filled.
  public init(_ lstm: PoseLSTM, settings: Settings, input: Input, on backend: any Backend) throws {
    self.lstm = lstm
    self.settings = settings
    self.input = input
    self.backend = backend
    optimiser = try AdamOptimiser(lstm.namedParameters, beta1: settings.beta1, on: backend)
    inputs = try input.types.map(backend.allocate)
    initialState = try lstm.initialState(batch: input.clips, on: backend)
    one = try backend.upload(HostTensor([1], [1]), as: .plain)
  }

  /// One training step: teacher-forced over the whole sequence, gradients through all of it. Queues work and returns
  /// without waiting for it, but for the step before.
  ///
  /// - Parameter sequences: what `Input` lists.
  public func step(_ sequences: [HostTensor]) throws {
    if recorded == nil { try prepare() }
    guard let recorded else { return }
    for (host, tensor) in zip(input.tensors(sequences), inputs) { try backend.upload(host, to: tensor) }
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    try recorded.replay.run()
    step += 1
    try losses.append(step: step, [backend.queueDownload(recorded.loss)])
  }

  /// Records the step, compiles it and gives it memory; the first step does so where nobody did before.
  /// - Throws: `AllocationError` if the device has too little memory, or the backend may not hold as much.
  func prepare() throws {
    let recorder = Recorder(for: backend)
    let (poses, next, content) = try features(recorder)
    let tape = Tape(recorder, mode: .training, tracking: lstm.parameters)
    let predictions = try lstm(poses: poses, content: content, from: initialState, tape)
    let loss = try tape.run(MeanSquaredErrorForward(), [predictions, next])[0]
    try optimiser.update(with: tape.gradients(of: [(loss, one)]), keeping: keepsGradients, on: recorder)
    let kept = try recorder.keep(loss)
    recorded = (try backend.prepare([recorder.schedule])[0], kept)
  }

  /// The poses of all time steps and those that come next, ((T - 1) N, pose) each, and the content.
  private func features(_ recorder: Recorder) throws -> (poses: Tensor, next: Tensor, content: Tensor) {
    switch input {
    case .features: return (inputs[0], inputs[1], inputs[2])
    case .frames(let model, _, _):
      let tape = Tape(recorder, mode: .frozen)
      let poses = try inputs.map { try model.poseEncoder($0, tape).vector }
      return (
        try recorder.run(StackRows(), poses.dropLast())[0], try recorder.run(StackRows(), Array(poses.dropFirst()))[0],
        try model.contentEncoder(inputs[settings.observed - 1], tape).vector
      )
    }
  }

  /// Whether `gradient(of:)` can be asked; costs the memory of one gradient a parameter.
  public var keepsGradients = false { didSet { recorded = nil } }

  /// The last step's gradient of a parameter.
  public func gradient(of parameter: Parameter) throws -> HostTensor? { try optimiser.gradient(of: parameter) }

  /// Waits for the device and returns the loss of every step since the last `clearLosses`: the mean over the sequence.
  public func collectLosses() throws -> [StepLosses] {
    try losses.collect(from: backend, blaming: lstm.namedParameters)
  }

  /// Forgets the losses read so far.
  public func clearLosses() { losses.clear() }

  /// Mean squared error a frame on sequences not trained on.
  ///
  /// - Returns: `teacherForced[t]` and `freeRunning[t]`, the error of the prediction of frame t + 1. Free-running feeds
  ///   true poses while observing and its own predictions afterwards.
  public func validate(poses: [Tensor], content: Tensor) throws -> (teacherForced: [Float], freeRunning: [Float]) {
    /// The errors where the pose of a frame, counted from 1, is true if `isTrue` says so, and else as it was predicted.
    func errors(_ isTrue: (Int) -> Bool) throws -> [Float] {
      let tape = Tape(backend, mode: .frozen)
      var state = try lstm.initialState(batch: content.shape.batch, on: backend)
      var pose = poses[0]
      let errors = try (1..<poses.count).map { frame in
        let prediction = try lstm.step(pose: pose, content: content, state: &state, tape)
        pose = isTrue(frame) ? poses[frame] : prediction
        return try tape.run(MeanSquaredErrorForward(), [prediction, poses[frame]])[0]
      }
      return try errors.map { try backend.download($0).values[0] }
    }
    return (try errors { _ in true }, try errors { $0 < settings.observed })
  }
}

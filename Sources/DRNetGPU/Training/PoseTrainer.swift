import TensorEngine

/// Trains the pose LSTM on the poses of a trained model, whose encoders stay frozen.
public final class PoseTrainer {
  /// Hyperparameters of the pose LSTM's training.
  public struct Settings: Equatable, Sendable {
    /// Adam's learning rate at the first step.
    public var learningRate: Float = 0.0002
    /// How the learning rate changes over the steps.
    public var schedule: LearningRateSchedule = .constant
    /// Adam's decay of the first moment.
    public var beta1 = 0.9
    /// Frames observed; the content is that of the last of them, and attention remembers them.
    public var observed = 10
    /// Predictions at the end of a sequence that are made from the LSTM's own predictions, as in use.
    public var freeSteps = 0
    /// Noise that is added to true poses before the LSTM sees them; nil for none.
    public var noise: PoseNoise?

    /// The defaults.
    public init() {}
  }

  /// The input of a step: N = `clips`, T = `frames`.
  public enum Input {
    /// h_p of T consecutive frames, (N, pose) each, then h_c of the last observed one, (N, content).
    case features(clips: Int, frames: Int, poseDim: Int, contentDim: Int)
    /// T consecutive frames, (N, C, S, S) each, which the model encodes with running statistics in batch norm.
    case frames(DRNet, clips: Int, frames: Int)
    /// Such frames of a fixed number of batches: step s takes batch s mod `batches`. A batch is encoded when it is first
    /// taken; after that its features are kept, and its frames are not needed.
    case encodedFrames(DRNet, clips: Int, frames: Int, batches: Int)

    var clips: Int {
      switch self {
      case .features(let clips, _, _, _), .frames(_, let clips, _), .encodedFrames(_, let clips, _, _): clips
      }
    }

    var frames: Int {
      switch self {
      case .features(_, let frames, _, _), .frames(_, _, let frames), .encodedFrames(_, _, let frames, _): frames
      }
    }

    fileprivate var types: [TensorType] {
      switch self {
      case .features(let clips, let frames, let poseDim, let contentDim):
        // The poses of all time steps, those that follow each, and the content.
        [TensorType](repeating: .features((frames - 1) * clips, poseDim), count: 2) + [.features(clips, contentDim)]
      case .frames(let model, let clips, let frames):
        [TensorType](
          repeating: TensorType(model.sizes.frames(clips), .features), count: frames)
      case .encodedFrames(let model, let clips, let frames, _):
        Self.features(
          clips: clips, frames: frames, poseDim: model.sizes.poseDim, contentDim: model.sizes.contentDim
        ).types
      }
    }

    /// h_p of all frames, then h_c, as tensors of the types of `features`.
    fileprivate func tensors(ofFeatures features: [HostTensor]) -> [HostTensor] {
      precondition(features.count == frames + 1, "\(features.count) tensors for \(frames) poses and a content")
      let poses = features.dropLast()
      return [poses.dropLast(), poses.dropFirst()].map { HostTensor(rows: Array($0), of: [poses[0].shape[1]]) }
        + [features[frames]]
    }
  }

  /// The LSTM that is trained.
  public let lstm: PoseLSTM
  /// The hyperparameters.
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  /// Steps done.
  public internal(set) var step = 0
  var losses = LossQueue(names: ["posePrediction"])

  private let input: Input
  private let inputs: [Tensor]
  private let initialState: PoseLSTM.State
  /// Of the current step, as many rows as there are true poses that the LSTM sees; nil without noise.
  private let noise: Tensor?
  /// The loss's weight: 1.
  private let one: Tensor
  private var recorded: (replay: any Replay, loss: Tensor)?
  /// The features of `Input.encodedFrames`, by batch.
  private var encoded: [Int: [HostTensor]] = [:]

  /// - Parameters:
  ///   - lstm: its parameters must have values, from `initialise` or a checkpoint.
  ///   - settings: the hyperparameters.
  ///   - input: shape of the input of each step.
  ///   - backend: the backend that holds the LSTM, and the model of `input`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(_ lstm: PoseLSTM, settings: Settings, input: Input, on backend: any Backend) throws {
    self.lstm = lstm
    self.settings = settings
    self.input = input
    self.backend = backend
    optimiser = try AdamOptimiser(lstm.namedParameters, beta1: settings.beta1, on: backend)
    inputs = try input.types.map(backend.allocate)
    initialState = try lstm.initialState(batch: input.clips, on: backend)
    noise = try settings.noise.map {
      try backend.allocate(.features((input.frames - 1 - settings.freeSteps) * input.clips, $0.deviations.count))
    }
    one = try backend.upload(HostTensor([1], [1]), as: .plain)
  }

  /// One training step with backpropagation through the whole sequence, and with teacher forcing except for the free
  /// steps. It waits for the step before, then queues this one and returns.
  ///
  /// - Parameter sequences: the tensors that the trainer's `Input` lists.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func step(_ sequences: [HostTensor]) throws {
    if recorded == nil { try prepare() }
    guard let recorded else { return }
    for (host, tensor) in zip(try tensors(of: sequences), inputs) { try backend.upload(host, to: tensor) }
    if let noise, let drawn = settings.noise {
      try backend.upload(drawn.rows(step: step, clips: input.clips, count: noise.shape.batch), to: noise)
    }
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    try recorded.replay.run()
    step += 1
    try losses.append(step: step, [backend.queueDownload(recorded.loss)])
  }

  /// The input of the next step as tensors of the types of `Input`.
  private func tensors(of sequences: [HostTensor]) throws -> [HostTensor] {
    switch input {
    case .features: return input.tensors(ofFeatures: sequences)
    case .frames(_, _, let frames):
      precondition(sequences.count == frames, "\(sequences.count) tensors for \(frames) frames")
      return sequences
    case .encodedFrames(let model, _, _, let batches):
      if let known = encoded[step % batches] { return known }
      let extractor = FeatureExtractor(model, on: backend)
      let content = try extractor.vectors(of: extractor.content(of: sequences[settings.observed - 1]))
      let tensors = input.tensors(ofFeatures: try sequences.map(extractor.pose) + [content])
      encoded[step % batches] = tensors
      return tensors
    }
  }

  /// Records the step, compiles it and allocates its memory; the first step calls it if nothing else did.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  func prepare() throws {
    let recorder = Recorder(for: backend)
    let (poses, next, content) = try features(recorder)
    let tape = Tape(recorder, mode: .training, tracking: lstm.parameters)
    let predictions = try lstm(
      poses: seen(of: poses, recorder), content: content, from: initialState, observed: settings.observed,
      freeSteps: settings.freeSteps, tape)
    let loss = try tape.run(MeanSquaredErrorForward(), [predictions, next])[0]
    try optimiser.update(with: tape.gradients(of: [(loss, one)]), keeping: keepsGradients, on: recorder)
    let kept = try recorder.keep(loss)
    recorded = (try backend.prepare([recorder.schedule])[0], kept)
  }

  /// The true poses that the LSTM sees.
  private func seen(of poses: Tensor, _ recorder: Recorder) throws -> Tensor {
    let count = poses.shape.batch - settings.freeSteps * input.clips
    let seen = settings.freeSteps == 0 ? poses : try recorder.run(SliceRows(first: 0, count: count), [poses])[0]
    return try noise.map { try recorder.run(Add(), [seen, $0])[0] } ?? seen
  }

  /// The poses of all time steps and those that follow each, ((T - 1) N, pose), and the content.
  private func features(_ recorder: Recorder) throws -> (poses: Tensor, next: Tensor, content: Tensor) {
    switch input {
    case .features, .encodedFrames: return (inputs[0], inputs[1], inputs[2])
    case .frames(let model, _, _):
      let tape = Tape(recorder, mode: .frozen)
      let poses = try inputs.map { try model.poseEncoder($0, tape).vector }
      return (
        try recorder.run(StackRows(), poses.dropLast())[0], try recorder.run(StackRows(), Array(poses.dropFirst()))[0],
        try model.contentEncoder(inputs[settings.observed - 1], tape).vector
      )
    }
  }

  /// Whether steps keep their gradients for `gradient(of:)`, which takes as much memory as the weights. Changing it
  /// records the step again.
  public var keepsGradients = false { didSet { recorded = nil } }

  /// The last step's gradient of a parameter, of the same shape; nil unless `keepsGradients` is set. Waits for the
  /// device.
  /// - Throws: `DeviceError` if the device fails.
  public func gradient(of parameter: Parameter) throws -> HostTensor? { try optimiser.gradient(of: parameter) }

  /// Waits for the device and returns the loss of every step since the last `clearLosses`: the mean over the sequence.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite; `DeviceError` if the device fails.
  public func collectLosses() throws -> [StepLosses] {
    try losses.collect(from: backend, blaming: lstm.namedParameters)
  }

  /// Discards the losses that `collectLosses` has returned.
  public func clearLosses() { losses.clear() }

  /// Mean squared error of each frame's pose, on sequences that are not trained on.
  ///
  /// - Parameters:
  ///   - poses: h_p of T consecutive frames, (N, pose) each.
  ///   - content: h_c of the last observed frame, (N, content).
  /// - Returns: `teacherForced[t]` and `freeRunning[t]`, the error of the prediction of frame t + 1. Teacher forcing
  ///   feeds true poses; free running feeds true poses while observing and the LSTM's own predictions afterwards.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func validate(poses: [Tensor], content: Tensor) throws -> (teacherForced: [Float], freeRunning: [Float]) {
    /// The errors if the LSTM is fed the true pose of each frame (counted from 1) that `isTrue` accepts, and its own
    /// prediction otherwise.
    func errors(_ isTrue: (Int) -> Bool) throws -> [Float] {
      let tape = Tape(backend, mode: .frozen)
      var state = try lstm.initialState(batch: content.shape.batch, on: backend)
      var pose = poses[0]
      let errors = try (1..<poses.count).map { frame in
        let prediction = try lstm.step(
          pose: pose, content: content, state: &state, isObserved: frame <= settings.observed, tape)
        pose = isTrue(frame) ? poses[frame] : prediction
        return try tape.run(MeanSquaredErrorForward(), [prediction, poses[frame]])[0]
      }
      return try errors.map { try backend.download($0).values[0] }
    }
    return (try errors { _ in true }, try errors { $0 < settings.observed })
  }
}

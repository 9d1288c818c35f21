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
        [TensorType](repeating: .features(clips, poseDim), count: frames) + [.features(clips, contentDim)]
      case .frames(let model, let clips, let frames):
        [TensorType](
          repeating: .features(clips, model.sizes.channels, DRNet.imageSize, DRNet.imageSize), count: frames)
      }
    }
  }

  public let lstm: PoseLSTM
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  /// Steps done.
  public internal(set) var step = 0
  var losses = LossQueue(meanNamed: "posePrediction")

  private let input: Input
  private let inputs: [Tensor]
  private let initialState: PoseLSTM.State
  /// 1 over the predicted frames.
  private let weight: Tensor
  private var recorded: (replay: any Replay, losses: [Tensor])?

  /// - Parameter lstm: with its parameters filled.
  public init(_ lstm: PoseLSTM, settings: Settings, input: Input, on backend: any Backend) throws {
    self.lstm = lstm
    self.settings = settings
    self.input = input
    self.backend = backend
    optimiser = try AdamOptimiser(lstm.namedParameters, beta1: settings.beta1, on: backend)
    inputs = try input.types.map(backend.allocate)
    initialState = try lstm.initialState(batch: input.clips, on: backend)
    weight = try backend.upload(HostTensor([1], [1 / Float(input.frames - 1)]), as: .plain)
  }

  /// One training step: teacher-forced over the whole sequence, gradients through all of it. Queues work and returns
  /// without waiting for it, but for the step before.
  ///
  /// - Parameter sequences: what `Input` lists.
  public func step(_ sequences: [HostTensor]) throws {
    precondition(sequences.count == inputs.count, "\(sequences.count) tensors where a step takes \(inputs.count)")
    if recorded == nil { try prepare() }
    guard let recorded else { return }
    for (host, tensor) in zip(sequences, inputs) { try backend.upload(host, to: tensor) }
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    try recorded.replay.run()
    step += 1
    try losses.append(step: step, recorded.losses.map(backend.queueDownload))
  }

  /// Records the step, compiles it and gives it memory; the first step does so where nobody did before.
  /// - Throws: `DeviceError` where the device has not enough memory, or `--memory-limit` does not allow as much.
  func prepare() throws {
    let recorder = Recorder(for: backend)
    let (poses, content) = try features(recorder)
    let tape = Tape(recorder, mode: .training, tracking: lstm.parameters)
    let perFrame = try teacherForcedErrors(poses: poses, content: content, from: initialState, tape)
    try optimiser.update(
      with: tape.gradients(of: perFrame.map { ($0, weight) }), keeping: keepsGradients, on: recorder)
    let kept = try perFrame.map(recorder.keep)
    recorded = (try backend.prepare([recorder.schedule])[0], kept)
  }

  private func features(_ recorder: Recorder) throws -> (poses: [Tensor], content: Tensor) {
    switch input {
    case .features: return (inputs.dropLast(), inputs[inputs.count - 1])
    case .frames(let model, _, _):
      let tape = Tape(recorder, mode: .frozen)
      return (
        try inputs.map { try model.poseEncoder($0, tape) },
        try model.contentEncoder(inputs[settings.observed - 1], tape)
      )
    }
  }

  /// Mean squared error of each predicted pose where every input is a true pose.
  private func teacherForcedErrors(
    poses: [Tensor], content: Tensor, from initialState: PoseLSTM.State, _ tape: Tape
  ) throws -> [Tensor] {
    var state = initialState
    return try zip(poses, poses.dropFirst()).map { pose, next in
      let prediction = try lstm(pose: pose, content: content, state: &state, tape)
      return try tape.run(MeanSquaredErrorForward(), [prediction, next])[0]
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
    let tape = Tape(backend, mode: .frozen)
    let initialState = try lstm.initialState(batch: content.shape.batch, on: backend)
    let teacherForced = try teacherForcedErrors(poses: poses, content: content, from: initialState, tape)
    var state = initialState
    var input = poses[0]
    var freeRunning: [Tensor] = []
    for frame in 1..<poses.count {
      let prediction = try lstm(pose: input, content: content, state: &state, tape)
      freeRunning.append(try tape.run(MeanSquaredErrorForward(), [prediction, poses[frame]])[0])
      input = frame < settings.observed ? poses[frame] : prediction
    }
    func read(_ tensors: [Tensor]) throws -> [Float] { try tensors.map { try backend.download($0).values[0] } }
    return (try read(teacherForced), try read(freeRunning))
  }
}

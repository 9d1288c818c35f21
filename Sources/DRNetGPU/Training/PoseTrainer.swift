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

  public let lstm: PoseLSTM
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  /// Steps done.
  public internal(set) var step = 0
  var losses = LossQueue(meanNamed: "posePrediction")

  /// - Parameter lstm: with its parameters filled.
  public init(_ lstm: PoseLSTM, settings: Settings, on backend: any Backend) throws {
    self.lstm = lstm
    self.settings = settings
    self.backend = backend
    optimiser = try AdamOptimiser(lstm.namedParameters, beta1: settings.beta1, on: backend)
  }

  /// One training step: teacher-forced over the whole sequence, gradients through all of it.
  ///
  /// - Parameters:
  ///   - poses: h_p of T consecutive frames, (N, pose) each.
  ///   - content: h_c of the last observed frame, (N, content).
  public func step(poses: [Tensor], content: Tensor) throws {
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    let tape = Tape(backend, mode: .training, tracking: lstm.parameters)
    let perFrame = try teacherForcedErrors(poses: poses, content: content, tape)
    let weight = try backend.upload(HostTensor([1], [1 / Float(perFrame.count)]), as: .plain)
    gradients = try tape.gradients(of: perFrame.map { ($0, weight) })
    try optimiser.update(with: gradients)
    if !keepsGradients { gradients = Gradients() }
    step += 1
    losses.append(step: step, perFrame)
  }

  /// Mean squared error of each predicted pose where every input is a true pose.
  private func teacherForcedErrors(poses: [Tensor], content: Tensor, _ tape: Tape) throws -> [Tensor] {
    var state = try lstm.initialState(batch: content.shape.batch, on: backend)
    return try zip(poses, poses.dropFirst()).map { pose, next in
      let prediction = try lstm(pose: pose, content: content, state: &state, tape)
      return try tape.run(MeanSquaredErrorForward(), [prediction, next])[0]
    }
  }

  /// Whether `gradient(of:)` can be asked.
  public var keepsGradients = false
  private var gradients = Gradients()

  /// The last step's gradient of a parameter.
  public func gradient(of parameter: Parameter) throws -> HostTensor? {
    try gradients[parameter.tensor].map(backend.download)
  }

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
    let teacherForced = try teacherForcedErrors(poses: poses, content: content, tape)
    var state = try lstm.initialState(batch: content.shape.batch, on: backend)
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

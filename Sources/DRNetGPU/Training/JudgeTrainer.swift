import TensorEngine

/// Trains a judge on labelled clips: Adam on the sum of the cross-entropies of its classes.
public final class JudgeTrainer {
  /// Adam's settings.
  public struct Settings: Equatable, Sendable {
    /// The learning rate at the first step.
    public var learningRate: Float = 0.001
    /// How the learning rate changes over the steps.
    public var schedule: LearningRateSchedule = .constant
    /// The decay of the first moment.
    public var beta1 = 0.9

    /// The defaults.
    public init() {}
  }

  /// A step's input: T frames of N clips, and what they show.
  public struct Batch: Sendable {
    /// (T N, C, S, S) in [0, 1]: N rows for the first frame, then N for the second, and so on.
    public var frames: HostTensor
    /// For each class, (N, K): 1 at the clip's value and 0 elsewhere.
    public var targets: [HostTensor]

    /// A batch of frames and their targets.
    public init(frames: HostTensor, targets: [HostTensor]) { (self.frames, self.targets) = (frames, targets) }
  }

  /// The judge that is trained.
  public let judge: Judge
  private let settings: Settings
  private let backend: any Backend
  private let optimiser: AdamOptimiser
  /// Steps done.
  public private(set) var step = 0
  private var losses: LossQueue
  private let frames: Tensor
  private let targets: [Tensor]
  private let initialState: LSTMState
  /// Each loss's weight: 1.
  private let one: Tensor
  private var recorded: (replay: any Replay, losses: [Tensor])?

  /// - Parameters:
  ///   - judge: its parameters must have values, from `initialise` or a file.
  ///   - settings: of Adam.
  ///   - names: of the classes, for losses that are not finite.
  ///   - clips: N.
  ///   - frames: T.
  ///   - backend: the backend that holds the judge.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    _ judge: Judge, settings: Settings, names: [String], clips: Int, frames: Int, on backend: any Backend
  ) throws {
    precondition(names.count == judge.sizes.classes.count, "\(names) are no names of \(judge.sizes.classes)")
    (self.judge, self.settings, self.backend) = (judge, settings, backend)
    let sizes = judge.sizes
    optimiser = try AdamOptimiser(judge.namedParameters(), beta1: settings.beta1, on: backend)
    losses = LossQueue(names: names.map { "cross-entropy of \($0)" })
    self.frames = try backend.allocate(
      .features(frames * clips, sizes.channels, sizes.imageSize, sizes.imageSize))
    targets = try sizes.classes.map { try backend.allocate(.features(clips, $0)) }
    initialState = try judge.initialState(clips: clips, on: backend)
    one = try backend.upload(HostTensor([1], [1]), as: .plain)
  }

  /// One training step. It waits for the step before, then queues this one and returns.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func step(_ batch: Batch) throws {
    let (replay, stepLosses) = try recorded ?? record()
    try backend.upload(batch.frames, to: frames)
    for (host, tensor) in zip(batch.targets, targets) { try backend.upload(host, to: tensor) }
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    try replay.run()
    step += 1
    try losses.append(step: step, stepLosses.map(backend.queueDownload))
  }

  private func record() throws -> (replay: any Replay, losses: [Tensor]) {
    let recorder = Recorder(for: backend)
    let tape = Tape(recorder, mode: .training, tracking: judge.parameters)
    let entropies = try zip(judge(frames, from: initialState, tape), targets).map {
      try tape.crossEntropy(logits: $0, target: $1)
    }
    try optimiser.update(with: tape.gradients(of: entropies.map { ($0, one) }), on: recorder)
    let kept = try entropies.map(recorder.keep)
    let made = (replay: try backend.prepare([recorder.schedule])[0], losses: kept)
    recorded = made
    return made
  }

  /// Waits for the device; the mean of each class's cross-entropy over the steps since the last call.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite; `DeviceError` if the device fails.
  public func takeLosses() throws -> [Double] {
    defer { losses.clear() }
    return try losses.collect(from: backend, blaming: judge.namedParameters()).means.map(\.value)
  }
}

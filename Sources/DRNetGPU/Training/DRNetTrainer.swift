import TensorEngine

/// Trains the main model: one step of the adversary, and one of both encoders and the decoder.
///
/// With the scene discriminator, losses and order of updates are those of the paper's released code (edenton/drnet),
/// with two bugs fixed: pairs from different clips never pair a clip with itself, and the discriminator sees only poses
/// of the training distribution.
public final class DRNetTrainer {
  /// Hyperparameters of the main model's training.
  public struct Settings: Equatable, Sendable {
    /// Weight of the error of the decoded frames' edges; 0 for none.
    public var edges: Float = 0
    /// Weight of the similarity loss.
    public var alpha = LossWeight(1)
    /// Weight of InfoNCE between two frames' content; 0 for none.
    public var contrast: Float = 0
    /// Weight of the cross-covariance of content and pose; 0 for none.
    public var crossCovariance = LossWeight(0)
    /// Weight of the adversarial loss.
    public var beta: Float = 0.1
    /// Adam's learning rate at the first step.
    public var learningRate: Float = 0.002
    /// How the learning rate changes over the steps.
    public var schedule: LearningRateSchedule = .constant
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// Decay of the moving average of the weights; nil for none.
    public var averageDecay: Double?

    /// The defaults.
    public init() {}
  }

  /// The model that is trained.
  public let model: DRNet
  /// The hyperparameters.
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  let average: WeightAverage?
  /// Measures the running statistics of the weights for inference.
  let statistics: FreshStatistics
  /// The step at which those statistics were measured, and over how many batches.
  var measured: (step: Int, batches: StatisticsBatches)?
  /// Present if the backend stores gradients as float16. Those of the scene discriminator are not stored so.
  let lossScale: LossScale?
  /// Bytes that the optimiser and the average hold.
  let stateBytes: Int
  /// Steps done.
  public internal(set) var step = 0
  var losses: LossQueue
  /// h_c of x_0, h_p of x_2, and of x_3 if the step needs it, in the last step, to detect a collapse.
  private(set) var lastFeatures: (content: Tensor, pose: Tensor, otherPose: Tensor?)?

  /// x_0 ... x_2 of the current step, and x_3 if the adversary needs it, (N, C, S, S) each.
  let frames: [Tensor]
  private var recorded: (replay: any Replay, losses: [Tensor])?
  let one: Tensor
  private let alpha: Tensor
  /// With the adversary's sign.
  private let beta: Tensor
  private let contrast: Tensor
  private let edges: Tensor
  /// The penalty and its weight; nil for none.
  private let crossCovariance: (penalty: CrossCovariance, weight: Tensor)?
  /// Of h_c, if a loss of the pose needs it.
  private let standardiseContent: Standardisation?
  let sceneTargets: SceneTargets

  /// Temperature of InfoNCE between unit vectors.
  private static let contrastTemperature: Float = 0.1

  /// - Parameters:
  ///   - model: its parameters must have values, from `initialise` or a checkpoint.
  ///   - settings: the hyperparameters.
  ///   - batchSize: N, clips per step.
  ///   - backend: the backend that holds the model.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(_ model: DRNet, settings: Settings, batchSize: Int, on backend: any Backend) throws {
    self.model = model
    self.settings = settings
    self.backend = backend
    let held = backend.heldBytes
    optimiser = try AdamOptimiser(model.namedParameters, beta1: settings.beta1, on: backend)
    average = try settings.averageDecay.map {
      try WeightAverage(model.namedParameters.map(\.parameter), decay: $0, on: backend)
    }
    lossScale = backend.memoryTraits.precision == .mixed ? try LossScale(on: backend) : nil
    stateBytes = backend.heldBytes - held
    let image = TensorType(model.sizes.frames(batchSize), .features)
    frames = try (0..<model.sizes.adversary.framesPerClip).map { _ in try backend.allocate(image) }
    statistics = try FreshStatistics(
      of: model, reading: [average?.replacements].compactMap { $0 } + [[]], frames: [frames[0], frames[2]], on: backend)
    func scalar(_ value: Float) throws -> Tensor { try backend.upload(HostTensor([1], [value]), as: .plain) }
    one = try scalar(1)
    alpha = try backend.allocate(.scalar)
    beta = try scalar(model.sizes.adversary.signForPose * settings.beta)
    contrast = try scalar(settings.contrast)
    edges = try scalar(settings.edges)
    crossCovariance =
      settings.crossCovariance.final > 0
      ? (try CrossCovariance(of: model.sizes, batchSize: batchSize, on: backend), try backend.allocate(.scalar)) : nil
    let needsContent = crossCovariance != nil || model.sizes.adversary == .content
    standardiseContent =
      needsContent ? try Standardisation(dimension: model.sizes.contentDim, on: backend) : nil
    sceneTargets = try SceneTargets(batchSize: batchSize, on: backend)
    losses = LossQueue(names: MainLoss.reported(by: settings, model.sizes.adversary).map(\.rawValue))
  }

  /// One training step. It waits for the step before, then queues this one and returns.
  ///
  /// - Parameter clips: x_0 ..., as many frames of each clip as the adversary needs (`AdversaryNetwork.framesPerClip`),
  ///   (N, C, S, S) each in [0, 1]. x_0 gives the content, x_1 the content it must resemble, x_2 the pose and the frame to
  ///   reconstruct, x_3 another pose of the same clip.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func step(_ clips: [HostTensor]) throws {
    precondition(clips.count == frames.count, "\(clips.count) frames a clip where a step takes \(frames.count)")
    if recorded == nil {
      let step = try record()
      use(step, try backend.prepare([step.schedule])[0])
    }
    guard let recorded else { return }
    for (host, tensor) in zip(clips, frames) { try backend.upload(host, to: tensor) }
    try upload(settings.alpha, to: alpha)
    if let crossCovariance { try upload(settings.crossCovariance, to: crossCovariance.weight) }
    try average?.begin(after: step)
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    try recorded.replay.run()
    step += 1
    try losses.append(step: step, recorded.losses.map(backend.queueDownload))
  }

  /// Uploads a loss's weight at this step.
  private func upload(_ weight: LossWeight, to tensor: Tensor) throws {
    try backend.upload(HostTensor([1], [weight.value(step: step)]), to: tensor)
  }

  /// A step that is recorded and not yet prepared, and its losses in the order of their names.
  struct RecordedStep {
    let schedule: Schedule
    let losses: [Tensor]
  }

  /// Records the step, for a backend to prepare.
  func record() throws -> RecordedStep {
    let recorder = Recorder(for: backend)
    let losses = try recordLosses(recorder)
    average?.update(on: recorder)
    let kept = try MainLoss.reported(by: settings, model.sizes.adversary).map { loss in
      guard let tensor = losses[loss] else { preconditionFailure("the step has no \(loss) loss") }
      return try recorder.keep(tensor)
    }
    return RecordedStep(schedule: recorder.schedule, losses: kept)
  }

  /// From now on, steps run `replay`, which a backend has prepared from the step's schedule.
  func use(_ step: RecordedStep, _ replay: any Replay) { recorded = (replay, step.losses) }

  /// Updates E_c, E_p and D to minimise reconstruction + edges error of edges + alpha similarity + contrast InfoNCE
  /// + crossCovariance covariance + beta adversarial (less beta adversarial for a content predictor), and the adversary to
  /// minimise a loss of its own.
  private func recordLosses(_ recorder: Recorder) throws -> [MainLoss: Tensor] {
    var losses: [MainLoss: Tensor] = [:]
    let detached = Tape(recorder, mode: .training)
    let trained = model.contentEncoder.parameters + model.poseEncoder.parameters + model.decoder.parameters
    let tape = Tape(recorder, mode: .training, tracking: trained)
    let content = try model.contentEncoder(frames[0], tape)
    let otherContent = try model.contentEncoder(frames[1], detached).vector
    let adversary = try beginAdversary(recorder, into: &losses)
    let pose = try model.poseEncoder(frames[2], tape).vector
    let decoded = try model.decoder(content: content, pose: pose, tape)
    let reconstruction = try tape.meanSquaredError(decoded, frames[2])
    let similarity = try tape.meanSquaredError(content.vector, otherContent)
    var weighted = [(reconstruction, one), (similarity, alpha)]
    (losses[.reconstruction], losses[.similarity]) = (reconstruction, similarity)
    if settings.edges > 0 {
      let loss = try tape.edgeError(decoded, frames[2])
      losses[.edges] = loss
      weighted.append((loss, edges))
    }
    if settings.contrast > 0 {
      let loss = try tape.infoNCE(
        queries: tape.unitLength(content.vector), keys: detached.unitLength(otherContent),
        temperature: Self.contrastTemperature)
      losses[.contrast] = loss
      weighted.append((loss, contrast))
    }
    let constantContent = try standardiseContent.map { try $0(content.vector, detached) } ?? content.vector
    if let crossCovariance {
      let loss = try crossCovariance.penalty.loss(pose: pose, content: constantContent, tape, recorder)
      losses[.crossCovariance] = loss
      weighted.append((loss, crossCovariance.weight))
    }
    let adversarial = try adversarialLoss(
      adversary, pose: pose, content: constantContent, tape, recorder, into: &losses)
    losses[.adversarial] = adversarial
    weighted.append((adversarial, beta))
    let scaled = try lossScale?.scale(weighted, on: recorder) ?? weighted
    try optimiser.update(
      with: tape.gradients(of: scaled), scaledBy: lossScale, keeping: keepsGradients, on: recorder)
    lossScale?.update(on: recorder)
    lastFeatures = (
      try recorder.keep(content.vector), try recorder.keep(pose), try adversary.otherPose.map(recorder.keep)
    )
    return losses
  }

  /// Whether steps keep their gradients for `gradient(of:)`, which takes as much memory as the weights. Changing it
  /// records the step again.
  public var keepsGradients = false { didSet { recorded = nil } }

  /// The last step's gradient of a parameter, of the same shape, times the loss scale if there is one. Waits for the
  /// device.
  /// - Returns: nil for running statistics and inert biases, and if `keepsGradients` is false.
  /// - Throws: `DeviceError` if the device fails.
  public func gradient(of parameter: Parameter) throws -> HostTensor? { try optimiser.gradient(of: parameter) }

  /// Waits for the device and returns the loss scale; nil if there is none.
  func lossScaleValue() throws -> Float? { try lossScale.map { try backend.download($0.state).values[0] } }

  /// Waits for the device and returns the losses of every step since the last `clearLosses`.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite; `DeviceError` if the device fails.
  public func collectLosses() throws -> [StepLosses] {
    try losses.collect(from: backend, blaming: model.namedParameters)
  }

  /// Discards the losses that `collectLosses` has returned.
  public func clearLosses() { losses.clear() }

  /// What is to be kept in a checkpoint of the cross-covariance; nil if there is none.
  var covarianceMemory: Tensor? { crossCovariance?.penalty.memory }

  /// Weights and fresh statistics for inference: the average, if one is kept, then the trained weights.
  var inference: [FreshStatistics.Replacements] { statistics.replacements }
}

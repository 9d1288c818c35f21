/// Trains the main model: one step of the scene discriminator, then one of both encoders and the decoder.
///
/// Losses and order of updates are those of the paper's released code, with its faults repaired: the discriminator's
/// different pairs never pair a clip with itself, and it is trained on poses of the training distribution alone.
public final class DRNetTrainer {
  public struct Settings: Equatable, Sendable {
    /// Weight of the similarity loss.
    public var alpha: Float = 1
    /// Weight of the adversarial loss.
    public var beta: Float = 0.1
    public var learningRate: Float = 0.002
    public var schedule: LearningRateSchedule = .constant
    public var beta1 = 0.5
    /// Decay of the moving average of the weights; nil for none.
    public var averageDecay: Double?

    public init() {}
  }

  public let model: DRNet
  public let settings: Settings
  let backend: any Backend
  let optimiser: AdamOptimiser
  let average: WeightAverage?
  /// Steps done.
  public internal(set) var step = 0
  var losses = LossQueue(names: MainLoss.allCases.map(\.rawValue))
  /// h_c of x_0, h_p of x_2 and x_3 in the last step: what collapse is seen in.
  private(set) var lastFeatures: (content: Tensor, pose: Tensor, otherPose: Tensor)?

  private let one: Tensor
  private let alpha: Tensor
  private let beta: Tensor
  /// 1 for pairs of one clip, 0 for pairs of two: (N, 1).
  private let pairTargets: Tensor
  /// Neither: (N, 1) of 1/2.
  private let undecidedTargets: Tensor

  /// - Parameter model: with its parameters filled.
  public init(_ model: DRNet, settings: Settings, batchSize: Int, on backend: any Backend) throws {
    self.model = model
    self.settings = settings
    self.backend = backend
    optimiser = try AdamOptimiser(model.namedParameters, beta1: settings.beta1, on: backend)
    average = try settings.averageDecay.map { try WeightAverage(model.namedParameters, decay: $0, on: backend) }
    func scalar(_ value: Float) throws -> Tensor { try backend.upload(HostTensor([1], [value]), as: .plain) }
    one = try scalar(1)
    alpha = try scalar(settings.alpha)
    beta = try scalar(settings.beta)
    let same = (0..<batchSize).map { $0 < batchSize / 2 ? Float(1) : 0 }
    pairTargets = try backend.upload(HostTensor([batchSize, 1], same), as: .features)
    undecidedTargets = try backend.upload(HostTensor([batchSize, 1], repeating: 0.5), as: .features)
  }

  /// One training step. Queues work and returns without waiting for it.
  ///
  /// - Parameter frames: x_0 ... x_3, four frames of each clip, (N, C, H, W) each. x_0 gives the content, x_1 the content
  ///   it must resemble, x_2 the pose and the frame to reconstruct, x_3 another pose of the same clip.
  public func step(_ frames: [Tensor]) throws {
    precondition(frames.count == 4, "\(frames.count) frames a clip where a step takes 4")
    try optimiser.begin(step: step + 1, learningRate: settings.schedule.rate(settings.learningRate, step: step))
    let discriminator = try trainDiscriminator(frames)
    let main = try trainAutoencoder(frames)
    try average?.update()
    step += 1
    losses.append(step: step, discriminator + main)
  }

  /// Teaches C to tell pairs of one clip from pairs of two. Returns loss and accuracy.
  private func trainDiscriminator(_ frames: [Tensor]) throws -> [Tensor] {
    let detached = Tape(backend, mode: .training)
    let first = try model.poseEncoder(frames[0], detached)
    let second = try backend.run(ShiftRows(), [model.poseEncoder(frames[1], detached)])[0]
    let tape = Tape(backend, mode: .training, tracking: model.sceneDiscriminator.parameters)
    let logits = try model.sceneDiscriminator(first, second, tape)
    let outputs = try tape.run(BinaryCrossEntropyForward(), [logits, pairTargets])
    gradients = try tape.gradients(of: [(outputs[0], one)])
    try optimiser.update(with: gradients)
    if !keepsGradients { gradients = Gradients() }
    return outputs
  }

  /// Moves E_c, E_p and D against reconstruction + alpha similarity + beta adversarial; C is left alone. Returns the losses.
  private func trainAutoencoder(_ frames: [Tensor]) throws -> [Tensor] {
    let detached = Tape(backend, mode: .training)
    let trained = model.contentEncoder.parameters + model.poseEncoder.parameters + model.decoder.parameters
    let tape = Tape(backend, mode: .training, tracking: trained)
    let content = try model.contentEncoder(frames[0], tape)
    let otherContent = try model.contentEncoder(frames[1], detached)
    let otherPose = try model.poseEncoder(frames[3], detached)
    let pose = try model.poseEncoder(frames[2], tape)
    let decoded = try model.decoder(content: content, pose: pose, tape)
    let reconstruction = try tape.run(MeanSquaredErrorForward(), [decoded, frames[2]])[0]
    let similarity = try tape.run(MeanSquaredErrorForward(), [content, otherContent])[0]
    let logits = try model.sceneDiscriminator(pose, otherPose, tape)
    let adversarial = try tape.run(BinaryCrossEntropyForward(), [logits, undecidedTargets])[0]
    let ofAutoencoder = try tape.gradients(of: [(reconstruction, one), (similarity, alpha), (adversarial, beta)])
    try optimiser.update(with: ofAutoencoder)
    if keepsGradients { gradients.merge(ofAutoencoder) }
    lastFeatures = (content, pose, otherPose)
    return [reconstruction, similarity, adversarial]
  }

  /// Whether `gradient(of:)` can be asked; costs the memory of one gradient a parameter.
  public var keepsGradients = false
  private var gradients = Gradients()

  /// The last step's gradient of a parameter; nil for running statistics and inert biases.
  public func gradient(of parameter: Parameter) throws -> HostTensor? {
    try gradients[parameter.tensor].map(backend.download)
  }

  /// Waits for the device and returns the losses of every step since the last `clearLosses`.
  public func collectLosses() throws -> [StepLosses] {
    try losses.collect(from: backend, blaming: model.namedParameters)
  }

  /// Forgets the losses read so far.
  public func clearLosses() { losses.clear() }

  /// Runs `body` with the averaged weights in the networks, where an average is kept.
  public func withAverage<Result>(_ body: () throws -> Result) rethrows -> Result {
    try average?.use(body) ?? body()
  }
}

import Foundation
import TensorEngine

/// The training of the main model in a run: it adds batches from a clip source, named metrics, and warnings of a
/// collapse to a `DRNetTrainer`.
public final class DRNetTraining: TrainingTask {
  /// The trainer, whose model can be used at any time.
  public let trainer: DRNetTrainer
  /// Tensor memory of the training, in bytes.
  public let memory: TrainingMemory
  private let configuration: RunConfiguration
  private let backend: any Backend
  private let loop: StepLoop<DRNetTrainer, [ClipBatch]>
  private let measuring: (networks: any Replay, pose: any Replay)
  /// For each set of weights for inference.
  private let validations: [(validation: Validation, replay: any Replay)]
  private let statisticsBatch: @Sendable (_ index: Int) throws -> ClipBatch
  private var bestAccuracy: Double?
  private var warned: Set<String> = []

  /// Batches of held-out clips over which validation losses are averaged.
  private static let validationBatches = 4

  /// Builds the model, allocates all memory of the training and compiles its kernels.
  /// - Parameters:
  ///   - configuration: sizes, hyperparameters and seed.
  ///   - source: the clips; its channels and image size must be those of the configuration.
  ///   - checkpoint: resumes the training that wrote it; nil starts a training.
  ///   - initial: the weights that a new training begins with; nil for fresh ones.
  ///   - backend: allocates and runs everything.
  /// - Throws: `FileError` if the checkpoint does not fit; `AllocationError` if memory runs out; `DeviceError` if the
  ///   device fails.
  public init<Source: ClipSource>(
    _ configuration: RunConfiguration, _ source: Source, from checkpoint: SafetensorsFile?,
    initial: SafetensorsFile? = nil, on backend: any Backend
  ) throws {
    self.configuration = configuration
    self.backend = backend
    let heldBefore = backend.heldBytes
    let model = try DRNet(DRNet.Sizes(configuration), on: backend)
    let heldByNetworks = backend.heldBytes - heldBefore
    try model.initialise(seed: configuration.seed, on: backend)
    if checkpoint == nil, let initial { try model.fill(from: initial, on: backend) }
    trainer = try DRNetTrainer(
      model, settings: DRNetTrainer.Settings(configuration), batchSize: configuration.batchSize, on: backend)
    if let checkpoint { try trainer.restore(checkpoint) }
    let validations = try trainer.inference.map { [trainer] in try Validation(trainer, reading: $0) }
    let step = try trainer.record()
    let replays = try backend.prepare(
      [step.schedule, trainer.statistics.schedule, trainer.statistics.poseSchedule] + validations.map(\.schedule))
    trainer.use(step, replays[0])
    measuring = (replays[1], replays[2])
    self.validations = zip(validations, replays[3...]).map { ($0, $1) }
    memory = TrainingMemory(
      networks: heldByNetworks, optimiser: trainer.stateBytes,
      step: backend.heldBytes - heldBefore - heldByNetworks - trainer.stateBytes)
    let (size, maxStep, seed) = (configuration.batchSize, configuration.maxStep, configuration.seed)
    let frames = model.sizes.adversary.framesPerClip
    statisticsBatch = {
      try source.batch(step: $0, size: size, frames: 2, maxStep: maxStep, seed: seed, purpose: .statistics)
    }
    loop = StepLoop(trainer, framesPerStep: size, on: backend) {
      try source.batch(step: $0, size: size, frames: frames, maxStep: maxStep, seed: seed)
    } heldOut: {
      try (0..<Self.validationBatches).map {
        try source.batch(
          step: $0, size: size, frames: frames, maxStep: maxStep, split: .heldOut, seed: seed, purpose: .validation)
      }
    }
  }

  /// Steps done.
  public var step: Int { trainer.step }
  /// The batch size: a step reconstructs one frame of each clip.
  public var framesPerStep: Int { loop.framesPerStep }

  /// Takes the next batch and queues one step; waits for the first step.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func advance() throws { try loop.advance() }

  /// Mean losses since the last row, spread of the features, learning rate and frames per second. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func metrics() throws -> MetricsRow {
    let means = try loop.takeLosses().means
    var row = loop.row()
    for (name, mean) in means { row.set(name, mean) }
    if let features = trainer.lastFeatures {
      let content = try backend.download(features.content)
      row.set("contentSpread", FeatureSpread.acrossClips(content))
      row.set("contentDirections", FeatureSpread.directions(content))
      let pose = try backend.download(features.pose)
      if let otherPose = features.otherPose {
        row.set("poseSpread", FeatureSpread.withinClips(pose, try backend.download(otherPose)))
      } else {
        row.set("poseSpreadAcrossClips", FeatureSpread.acrossClips(pose))
      }
    }
    if let scale = try trainer.lossScaleValue() { row.set("lossScale", Double(scale)) }
    row.set("learningRate", trainer.settings.schedule.rate(trainer.settings.learningRate, step: step - 1))
    loop.recordRates(into: &row)
    return row
  }

  /// Reconstruction and similarity loss on held-out clips. Waits for the device.
  /// - Parameter isLast: whether the training ends with this step, whose statistics are then measured over more clips.
  /// - Throws: what the clip source throws; `DeviceError` if the device fails.
  public func validation(isLast: Bool = false) throws -> MetricsRow {
    try measureStatistics(isLast: isLast)
    let clips = try loop.heldOut()
    let errors = try validations.map { try $0.validation.errors(clips, running: $0.replay) }
    var row = loop.row()
    row.set("validationReconstruction", errors[0].reconstruction)
    row.set("validationSimilarity", errors[0].similarity)
    if errors.count > 1 { row.set("trainedValidationReconstruction", errors[1].reconstruction) }
    loop.restartClock()
    return row
  }

  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Parameter isLast: whether the training ends with this step, whose statistics are then measured over more clips.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint(isLast: Bool = false) throws -> SafetensorsContent {
    try measureStatistics(isLast: isLast)
    return try trainer.checkpoint()
  }

  /// Measures the running statistics of the weights for inference, unless this has been done at this step.
  private func measureStatistics(isLast: Bool) throws {
    guard trainer.measured?.step != step else { return }
    let count = configuration.statisticsBatches(at: step, isLast: isLast)
    let batches = OrderedPrefetch(from: 0, to: count.pose, make: statisticsBatch)
    try trainer.measureStatistics(batches: count, running: measuring) { try batches.next().frames }
  }

  /// Excludes the time of writing a checkpoint from the frames per second.
  public func saved() { loop.restartClock() }

  /// Steps after which content along one direction, or a scene discriminator no better than chance, triggers a warning.
  private static let patience = 500

  /// Decibels by which two sets of weights may differ without meaning: statistics that are measured over the fewest clips
  /// cost up to 0.06.
  private static let noise = 0.1

  /// Signs of a collapse in a row of metrics, one line each; each kind is returned once per training. Of each row, whether
  /// the average is worse than the trained weights.
  public func warnings(about row: MetricsRow) -> [String] {
    var found: [String: String] = [:]
    if let spread = row["contentSpread"], spread < 0.01 {
      found["content"] =
        "h_c hardly differs between clips (spread \(spread)): the content may have collapsed; lower --alpha"
    }
    if let directions = row["contentDirections"], row.step >= Self.patience, configuration.contentDim > 1,
      directions < 1.1
    {
      found["directions"] =
        "h_c moves along one direction of \(configuration.contentDim): it tells clips apart by one number; lower --alpha, or "
        + "let it rise with --alpha-warm-up \(configuration.steps)"
    }
    for (name, of) in [("poseSpread", "within a clip"), ("poseSpreadAcrossClips", "between clips")] {
      guard let spread = row[name], spread < 0.01 else { continue }
      found["pose"] = "h_p hardly differs \(of) (spread \(spread)): the pose may have collapsed; lower --beta"
    }
    if row["reconstruction"] == 0 {
      found["zero"] = "the reconstruction loss is exactly 0, which no training reaches: does the device compute at all?"
    }
    if let scale = row["lossScale"], scale < 1 {
      found["lossScale"] =
        "gradients leave the range of float16 (loss scale \(scale)): few steps still move the weights; use --precision float"
    }
    if let loss = row.lossByAveraging, loss > Self.noise {
      found["average"] =
        "held-out clips are reconstructed \(loss) dB worse by the averaged weights than by the trained ones; use "
        + "--weights trained with this checkpoint, or train longer"
    }
    if let accuracy = row[MainLoss.discriminatorAccuracy.rawValue] {
      bestAccuracy = max(bestAccuracy ?? 0, accuracy)
      if row.step >= Self.patience, let best = bestAccuracy, best < 0.55 {
        found["discriminator"] =
          "the scene discriminator was never better than chance (\(best)): the adversarial loss teaches nothing"
      }
    }
    // What is said about the average is true of one checkpoint.
    defer { warned.formUnion(found.keys.filter { $0 != "average" }) }
    return found.filter { !warned.contains($0.key) }.values.sorted()
  }
}

extension MetricsRow {
  /// Decibels that the average of the weights loses on held-out clips against the trained weights, to two decimals; nil
  /// without a validation or an average.
  fileprivate var lossByAveraging: Double? {
    guard let average = self["validationReconstruction"], let trained = self["trainedValidationReconstruction"] else {
      return nil
    }
    return (1000 * log10(average / trained)).rounded() / 100
  }
}

extension DRNet.Sizes {
  /// The sizes and networks of a run's model.
  public init(_ configuration: RunConfiguration) {
    self.init(
      imageSize: configuration.imageSize, channels: configuration.channels, width: configuration.width,
      contentDim: configuration.contentDim, poseDim: configuration.poseDim, normalise: configuration.normalize,
      contentEncoder: configuration.contentEncoder ?? .dcgan, poseEncoder: configuration.poseEncoder ?? .dcgan,
      decoder: configuration.decoder ?? .dcgan, contentHead: configuration.contentHead ?? .convolution,
      poseHead: configuration.poseHead ?? .convolution, poseNorm: configuration.poseNorm ?? .batch,
      adversary: configuration.adversary ?? .scene)
  }
}

extension DRNetTrainer.Settings {
  /// The hyperparameters of a run.
  public init(_ configuration: RunConfiguration) {
    self.init()
    alpha = LossWeight(Float(configuration.alpha), warmUp: configuration.alphaWarmUp ?? 0)
    edges = Float(configuration.edges ?? 0)
    contrast = Float(configuration.contrast ?? 0)
    crossCovariance = LossWeight(
      Float(configuration.crossCovariance ?? 0), warmUp: configuration.crossCovarianceWarmUp ?? 0)
    beta = Float(configuration.beta)
    learningRate = Float(configuration.learningRate)
    schedule = configuration.cosine ? .cosine(steps: configuration.steps) : .constant
    beta1 = configuration.beta1
    averageDecay = configuration.averageDecay
  }
}

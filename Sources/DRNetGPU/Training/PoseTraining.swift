import TensorEngine

/// The training of the pose LSTM as a run does it: sequences from a clip source, encoded by the frozen model.
public final class PoseTraining: TrainingTask {
  public let trainer: PoseTrainer
  private let model: DRNet
  private let configuration: PoseConfiguration
  private let backend: any Backend
  private let loop: StepLoop<PoseTrainer, ClipBatch>

  /// - Parameters:
  ///   - model: the trained main model.
  ///   - checkpoint: where to go on; nil starts from fresh weights.
  public init<Source: ClipSource>(
    _ configuration: PoseConfiguration, _ model: DRNet, _ source: Source, from checkpoint: SafetensorsFile?,
    on backend: any Backend
  ) throws {
    self.configuration = configuration
    self.model = model
    self.backend = backend
    let lstm = try PoseLSTM(
      poseDim: model.sizes.poseDim, contentDim: model.sizes.contentDim, rnnSize: configuration.rnnSize,
      rnnLayers: configuration.rnnLayers, on: backend)
    try lstm.initialise(seed: configuration.seed, network: Self.networkNumber, on: backend)
    let frames = configuration.nPast + configuration.nFuture
    trainer = try PoseTrainer(
      lstm, settings: PoseTrainer.Settings(configuration),
      input: .frames(model, clips: configuration.batchSize, frames: frames), on: backend)
    if let checkpoint { try trainer.restore(checkpoint) }
    try trainer.prepare()
    let (size, seed) = (configuration.batchSize, configuration.seed)
    loop = StepLoop(trainer, framesPerStep: size * frames, on: backend) {
      try source.sequences(
        step: $0, size: size, length: frames, split: .training, seed: seed, purpose: .poseData)
    } heldOut: {
      try source.sequences(
        step: 0, size: Self.validationClips, length: frames, split: .heldOut, seed: seed, purpose: .validation)
    }
  }

  /// The fifth network, after the main model's four: keeps its random numbers apart from theirs.
  private static let networkNumber = 4
  private static let validationClips = 100

  public var step: Int { trainer.step }
  public var framesPerStep: Int { loop.framesPerStep }

  public func advance() throws { try loop.advance() }

  /// h_p of every frame, and h_c of the last observed one.
  private func encode(_ batch: ClipBatch) throws -> (poses: [Tensor], content: Tensor) {
    let tape = Tape(backend, mode: .frozen)
    func upload(_ frame: Int) throws -> Tensor { try backend.upload(batch.frames[frame], as: .features) }
    return (
      try batch.frames.indices.map { try model.poseEncoder(upload($0), tape).vector },
      try model.contentEncoder(upload(configuration.nPast - 1), tape).vector
    )
  }

  public func metrics() throws -> MetricsRow {
    let losses = try loop.takeLosses()
    var row = loop.row()
    row.set("posePrediction", losses.reduce(0) { $0 + Double($1.values[0]) } / Double(losses.count))
    row.set("learningRate", trainer.settings.schedule.rate(trainer.settings.learningRate, step: step - 1))
    loop.recordRates(into: &row)
    return row
  }

  public func validation() throws -> MetricsRow {
    let features = try encode(loop.heldOut())
    let errors = try trainer.validate(poses: features.poses, content: features.content)
    var row = MetricsRow(step: step)
    func mean(_ values: ArraySlice<Float>) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
    let future = configuration.nPast - 1
    row.set("validationTeacherForced", mean(errors.teacherForced[future...]))
    row.set("validationFreeRunning", mean(errors.freeRunning[future...]))
    row.set("validationTeacherForcedByFrame", errors.teacherForced)
    row.set("validationFreeRunningByFrame", errors.freeRunning)
    loop.restartClock()
    return row
  }

  public func warnings(about row: MetricsRow) -> [String] { [] }

  public func checkpoint() throws -> SafetensorsContent { try trainer.checkpoint() }

  public func saved() { loop.restartClock() }
}

extension PoseTrainer.Settings {
  public init(_ configuration: PoseConfiguration) {
    self.init()
    learningRate = Float(configuration.learningRate)
    schedule = configuration.cosine ? .cosine(steps: configuration.steps) : .constant
    beta1 = configuration.beta1
    observed = configuration.nPast
  }
}

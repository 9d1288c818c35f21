import TensorEngine

/// The training of the pose LSTM in a run: it adds sequences from a clip source, encoded by the frozen model, and named
/// metrics to a `PoseTrainer`.
public final class PoseTraining: TrainingTask {
  /// The trainer, whose LSTM can be used at any time.
  public let trainer: PoseTrainer
  private let model: DRNet
  private let configuration: PoseConfiguration
  private let backend: any Backend
  private let loop: StepLoop<PoseTrainer, ClipBatch>

  /// Builds the LSTM, allocates all memory of the training and compiles its kernels.
  /// - Parameters:
  ///   - configuration: sizes, hyperparameters and seed.
  ///   - model: the trained main model, on the same backend.
  ///   - source: the clips; its channels and image size must be those of the model.
  ///   - checkpoint: resumes the training that wrote it; nil starts from fresh weights.
  ///   - backend: allocates and runs everything.
  /// - Throws: `FileError` if the checkpoint does not fit; `AllocationError` if memory runs out; `DeviceError` if the
  ///   device fails.
  public init<Source: ClipSource>(
    _ configuration: PoseConfiguration, _ model: DRNet, _ source: Source, from checkpoint: SafetensorsFile?,
    on backend: any Backend
  ) throws {
    self.configuration = configuration
    self.model = model
    self.backend = backend
    let lstm = try PoseLSTM(
      poseDim: model.sizes.poseDim, contentDim: model.sizes.contentDim, rnnSize: configuration.rnnSize,
      rnnLayers: configuration.rnnLayers, residual: configuration.residual ?? false,
      attention: configuration.attention ?? false, normalise: configuration.normalize ?? false, on: backend)
    try lstm.initialise(seed: configuration.seed, network: Self.networkNumber, on: backend)
    let frames = configuration.nPast + configuration.nFuture
    @Sendable func sequences(step: Int) throws -> ClipBatch {
      try source.sequences(
        step: step, size: configuration.batchSize, length: frames, split: .training, seed: configuration.seed,
        purpose: .poseData)
    }
    var settings = PoseTrainer.Settings(configuration)
    if let share = configuration.poseNoise, share > 0 {
      // Of the first batch, so that a resumed training has the same.
      let poses = try sequences(step: 0).frames.map { try FeatureExtractor(model, on: backend).pose(of: $0) }
      settings.noise = PoseNoise(share: Float(share), of: poses, seed: configuration.seed)
    }
    let batches = configuration.encodedClips.map { max(1, $0 / configuration.batchSize) }
    let input: PoseTrainer.Input =
      if let batches {
        .encodedFrames(model, clips: configuration.batchSize, frames: frames, batches: batches)
      } else {
        .frames(model, clips: configuration.batchSize, frames: frames)
      }
    trainer = try PoseTrainer(lstm, settings: settings, input: input, on: backend)
    if let checkpoint { try trainer.restore(checkpoint) }
    try trainer.prepare()
    let first = trainer.step
    loop = StepLoop(trainer, framesPerStep: configuration.batchSize * frames, on: backend) { step in
      guard let batches else { return try sequences(step: step) }
      // The trainer has encoded all batches by then.
      return step < first + batches ? try sequences(step: step % batches) : ClipBatch(frames: [])
    } heldOut: {
      try source.sequences(
        step: 0, size: Self.validationClips, length: frames, split: .heldOut, seed: configuration.seed,
        purpose: .validation)
    }
  }

  /// The fifth network, after the main model's four: keeps its random numbers apart from theirs.
  private static let networkNumber = 4
  private static let validationClips = 100

  /// Steps done.
  public var step: Int { trainer.step }
  /// Frames of all sequences of a batch.
  public var framesPerStep: Int { loop.framesPerStep }

  /// Takes the next batch and queues one step; waits for the first step.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
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

  /// Mean loss since the last row, learning rate and frames per second. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func metrics() throws -> MetricsRow {
    let losses = try loop.takeLosses()
    var row = loop.row()
    row.set("posePrediction", losses.reduce(0) { $0 + Double($1.values[0]) } / Double(losses.count))
    row.set("learningRate", trainer.settings.schedule.rate(trainer.settings.learningRate, step: step - 1))
    loop.recordRates(into: &row)
    return row
  }

  /// Errors of the predicted poses on held-out clips, see `PoseTrainer.validate(poses:content:)`: by frame, and their
  /// means over the frames to predict. Waits for the device.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func validation(isLast: Bool = false) throws -> MetricsRow {
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

  /// None: the pose LSTM has no known collapse.
  public func warnings(about row: MetricsRow) -> [String] { [] }

  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint(isLast: Bool = false) throws -> SafetensorsContent { try trainer.checkpoint() }

  /// Excludes the time of writing a checkpoint from the frames per second.
  public func saved() { loop.restartClock() }
}

extension PoseTrainer.Settings {
  /// The hyperparameters of a run's pose LSTM.
  public init(_ configuration: PoseConfiguration) {
    self.init()
    learningRate = Float(configuration.learningRate)
    schedule = configuration.cosine ? .cosine(steps: configuration.steps) : .constant
    beta1 = configuration.beta1
    observed = configuration.nPast
    freeSteps = Int(((configuration.freeRunning ?? 0) * Double(configuration.nFuture - 1)).rounded())
  }
}

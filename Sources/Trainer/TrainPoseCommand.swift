import ArgumentParser
import DRNetGPU
import Foundation

struct TrainPoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-pose", abstract: "Trains the pose LSTM of a run on its frozen encoders.",
    discussion: """
      Example:
        drnet train-pose runs/first --steps 2000
        drnet train-pose runs/first --resume
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String

  @Option(help: "Size of the LSTM's hidden state.") var rnnSize: Int?
  @Option(help: "LSTM cells, one above the other.") var rnnLayers: Int?
  @Option(help: "Frames observed.") var nPast: Int?
  @Option(help: "Frames predicted.") var nFuture: Int?
  @Option(help: "Clips in a batch.") var batchSize: Int?
  @Option(help: "Learning rate of Adam.") var learningRate: Double?
  @Option(help: "Decay of Adam's first moment.") var beta1: Double?
  @Flag(inversion: .prefixedNo, help: "Lower the learning rate along half a cosine to zero.") var cosine: Bool?
  @Option(help: "Training steps in all.") var steps: Int?
  @Option(help: "Seconds in this process.") var seconds: Double?
  @Option(help: "Seed of all random numbers.") var seed: UInt64?
  @Option(help: "Steps between checkpoints.") var saveEvery: Int?
  @Option(help: "Steps between rows of metrics.") var logEvery: Int?
  @Option(help: "Checkpoints to keep.") var keep: Int?
  @Flag(help: "Go on with the pose LSTM of the run, with its settings.") var resume = false
  @Flag(help: "Replace the pose LSTM of the run.") var force = false

  func validate() throws {
    if resume, force { throw ValidationError("--force replaces a pose LSTM and --resume goes on with it: name one") }
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): expected a number above 0") }
  }

  func run() throws {
    let interruption = Interruption()
    let folder = try RunFolder.open(URL(filePath: path))
    var configuration = try settings(folder)
    if let steps { configuration.steps = steps }
    try configuration.validate()
    try folder.requireWritable()
    if !resume { try folder.requirePoseCreatable(force: force) }
    let trained = try TrainedRun(path, on: devices)
    let found =
      try resume ? Checkpoints(in: folder, .pose, keep: configuration.keep).newest { try $0.requireFinite() } : nil
    for reason in found?.skipped ?? [] { Terminal.message("passed over: \(reason)") }
    let source = try trained.clips(frames: configuration.nPast + configuration.nFuture)
    let training = try PoseTraining(configuration, trained.model, source, from: found?.file, on: trained.backend)
    let firstStep = training.step
    let progress = TrainingProgress(
      to: configuration.steps, seconds: seconds,
      framesPerStep: configuration.batchSize * (configuration.nPast + configuration.nFuture))
    let outcome = try TrainingLoop(training, logEvery: configuration.logEvery, saveEvery: configuration.saveEvery).run(
      steps: configuration.steps, seconds: seconds, shouldStop: { interruption.isWanted },
      records: {
        if !resume { try folder.createPose(configuration, force: force) }
        return TrainingLoop.Records(
          log: try MetricsLog(folder.poseMetricsFile, resumingAfter: firstStep),
          checkpoints: Checkpoints(in: folder, .pose, keep: configuration.keep))
      }, report: progress.report)
    if outcome == .interrupted {
      Terminal.message("interrupted; go on with: drnet train-pose \(path) --resume")
      throw ExitCode(Interruption.exitStatus)
    }
    print(folder.url.relativePath)
  }

  /// The stored settings where the training goes on, else the flags over the defaults.
  private func settings(_ folder: RunFolder) throws -> PoseConfiguration {
    let main = try folder.configuration()
    if resume {
      guard let stored = main.pose else {
        throw FileError(folder.url, "there is no pose LSTM to go on with; leave --resume out")
      }
      return stored
    }
    var configuration = PoseConfiguration()
    configuration.batchSize = main.batchSize
    main.preset?.apply(to: &configuration)
    configuration.seed = main.seed
    func set<Value>(_ value: Value?, _ path: WritableKeyPath<PoseConfiguration, Value>) {
      if let value { configuration[keyPath: path] = value }
    }
    set(rnnSize, \.rnnSize)
    set(rnnLayers, \.rnnLayers)
    set(nPast, \.nPast)
    set(nFuture, \.nFuture)
    set(batchSize, \.batchSize)
    set(learningRate, \.learningRate)
    set(beta1, \.beta1)
    set(cosine, \.cosine)
    set(seed, \.seed)
    set(saveEvery, \.saveEvery)
    set(logEvery, \.logEvery)
    set(keep, \.keep)
    return configuration
  }
}

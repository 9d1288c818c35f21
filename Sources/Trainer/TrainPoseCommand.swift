import ArgumentParser
import DRNetGPU
import Files
import Foundation

struct TrainPoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-pose", abstract: "Trains the pose LSTM of a run, with frozen encoders.",
    discussion: """
      Example:
        drnet train-pose runs/first --steps 2000
        drnet train-pose runs/first --resume
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String

  @OptionGroup var settings: PoseOptions
  @Option(help: "YAML file of settings, of which the pose section is used; flags override it.") var config: String?
  @Option(help: "Maximum training time of this process in seconds.") var seconds: Double?
  @Flag(help: "Resume training the run's pose LSTM, with its settings.") var resume = false
  @Flag(help: "Replace the run's pose LSTM.") var force = false

  func validate() throws {
    if resume, force { throw ValidationError("--force replaces a pose LSTM and --resume continues it: give only one") }
    if resume, let flag = config != nil ? "config" : settings.given.first(where: { $0 != "steps" }) {
      throw ValidationError("--\(flag) cannot be changed with --resume: the pose LSTM keeps its own settings")
    }
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): expected a number above 0") }
  }

  func run() throws {
    let interruption = Interruption()
    let folder = try RunFolder.open(URL(filePath: path))
    let lock = try RunReplacement.lock(folder.url)
    var configuration = try configuration(of: folder)
    try folder.requireWritable()
    if !resume { try folder.requirePoseCreatable(force: force) }
    let trained = try TrainedRun(path, weights: configuration.weights, on: devices)
    if resume, let mismatch = trained.poseLSTMMismatch { throw FileError(folder.url, mismatch) }
    configuration.modelStep = trained.step
    let found = try resume ? folder.checkpointToResume(.pose, keep: configuration.keep) : nil
    let device = trained.backend.description
    if found != nil { Terminal.messageIfDeviceChanges(from: configuration.device, to: device) }
    configuration.device = device
    let source = try trained.clips(frames: configuration.nPast + configuration.nFuture)
    let training = try PoseTraining(configuration, trained.model, source, from: found?.file, on: trained.backend)
    let session = TrainingSession(
      task: training, schedule: configuration, kind: .pose, seconds: seconds, interruption: interruption,
      resumeCommand: "drnet train-pose \(path) --resume")
    try session.run {
      if force, try folder.hasPose() {
        return try TrainingFolder(
          RunReplacement(of: folder.url, locked: lock) { try folder.copy(to: $0, with: configuration) })
      }
      if resume {
        try folder.write(pose: configuration)
      } else {
        try folder.createPose(configuration, force: false)
      }
      return TrainingFolder(folder, lock)
    }
    print(folder.url.relativePath)
  }

  /// The stored settings if the training resumes; otherwise flags override the file, then the preset, then defaults.
  private func configuration(of folder: RunFolder) throws -> PoseConfiguration {
    let main = try folder.configuration()
    var configuration = PoseConfiguration(after: main)
    if resume {
      guard let stored = main.pose else {
        throw FileError(folder.url, "there is no pose LSTM to resume; omit --resume")
      }
      configuration = stored
    }
    let file = try config.map { try SettingsFile(contentsOf: URL(filePath: $0)) }
    file?.pose.apply(to: &configuration)
    settings.apply(to: &configuration)
    try SettingsFile.check(file, unless: settings.given.contains) { try configuration.validate() }
    return configuration
  }
}

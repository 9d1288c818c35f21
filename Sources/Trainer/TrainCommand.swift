import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains the main model: content encoder, pose encoder, decoder, discriminator.",
    discussion: """
      Example:
        drnet train --data fashion --width 16 --frames 48512 --out runs/first
        drnet train --preset kth --data-root kth.clips --out runs/kth
        drnet train --config walks.yaml --out runs/walks
        drnet train --init model.safetensors --data fashion --out runs/next
        drnet train --resume runs/first
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var settings: TrainOptions
  @OptionGroup var budget: BudgetOptions

  @Option(help: "YAML file of settings, named like the flags, which override it; see drnet presets.")
  var config: String?
  @Option(help: "Folder of the new run.") var out: String?
  @Option(help: "Folder of a run to resume, with its settings.") var resume: String?
  @Flag(help: "Replace the run in the --out folder.") var force = false

  func validate() throws {
    guard (out == nil) != (resume == nil) else { throw ValidationError("give one of --out RUN and --resume RUN") }
    if resume != nil, let flag = config != nil ? "config" : settings.given.first {
      throw ValidationError("--\(flag) cannot be changed with --resume: the run keeps its own settings")
    }
    if resume != nil, force { throw ValidationError("--force replaces a run and --resume continues it: give only one") }
  }

  func run() throws {
    let interruption = Interruption()
    let run = try resume.map { try RunFolder.open(URL(filePath: $0)) }
    let url = URL(filePath: resume ?? out!)
    // That of an old run, which is resumed or replaced.
    let lock = run != nil || force && RunFolder.isRun(at: url) ? try RunReplacement.lock(url) : nil
    var configuration = try configuration(of: run)
    let checkpoint = try run?.checkpointToResume(.model, keep: configuration.keep)
    let initial = checkpoint == nil ? try configuration.takeInitialWeights(given: settings.given) : nil
    let clips = Background { [configuration] in
      try run.map { try $0.openClips(of: configuration) } ?? configuration.openClips()
    }
    let backend = try device(for: configuration, of: run)
    if checkpoint != nil { Terminal.messageIfDeviceChanges(from: configuration.device, to: backend.description) }
    configuration.device = backend.description
    let source = try clips.value()
    Terminal.message(source.summary)
    if run == nil, initial == nil { configuration.channels = source.channels }
    try configuration.requireChannels(of: source)
    let training = try DRNetTraining(configuration, source, from: checkpoint?.file, initial: initial, on: backend)
    Terminal.message(training.memory.description)
    if let device = backend as? OpenCLBackend { Terminal.message(device.tuningSummary) }
    let session = TrainingSession(
      task: training, schedule: configuration, kind: .model, seconds: budget.seconds, interruption: interruption,
      resumeCommand: "drnet train --resume \(url.relativePath)")
    try session.run {
      guard let lock else {
        let (run, lock) = try RunFolder.createLocked(at: url, configuration)
        return TrainingFolder(run, lock)
      }
      if let run {
        try run.write(configuration)
        return TrainingFolder(run, lock)
      }
      return try TrainingFolder(
        RunReplacement(of: url, locked: lock) { try RunFolder.createLocked(at: $0, configuration).lock })
    }
    print(url.relativePath)
  }

  /// - Throws: `FileError` if the run to resume is in mixed precision, which the device does not have.
  private func device(for configuration: RunConfiguration, of run: RunFolder?) throws -> any Backend {
    do {
      return try devices.open(precision: configuration.precision)
    } catch DeviceError.noMixedPrecision(let name, let reason) where run != nil {
      throw FileError(run!.configurationFile, "its precision is mixed, and \(name) \(reason); choose a GPU")
    }
  }

  /// The settings of the run to resume; otherwise flags override the file, then the preset. Writes nothing.
  private func configuration(of run: RunFolder?) throws -> RunConfiguration {
    var configuration = try run?.configuration() ?? RunConfiguration()
    if let run {
      try budget.apply(to: &configuration)
      try configuration.validate()
      try run.requireWritable()
      return configuration
    }
    let file = try config.map { try SettingsFile(contentsOf: URL(filePath: $0)) }
    configuration = try RunConfiguration(settings, budget, over: file)
    try SettingsFile.check(file, unless: settings.given.contains) { try configuration.validate() }
    try RunFolder.requireCreatable(at: URL(filePath: out!), force: force)
    return configuration
  }
}

extension RunConfiguration {
  /// The settings of a new training: flags override the file, then the preset, then defaults. They are not validated.
  init(_ flags: TrainOptions, _ budget: BudgetOptions, over file: SettingsFile? = nil) throws {
    self.init()
    let preset = flags.preset ?? file?.main.preset
    preset?.apply(to: &self)
    file?.main.apply(to: &self)
    flags.apply(to: &self)
    try (file.map { budget.over($0.budget) } ?? budget).apply(to: &self)
    if flags.alphaWarmUp == nil, file?.main.alphaWarmUp == nil { preset?.stretchWarmUp(of: &self) }
  }
}

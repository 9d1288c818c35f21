import DRNetGPU
import Files
import Foundation

/// One run of a sweep: a row with a seed, in a folder of its own. What is done and what is next is read from that
/// folder, so that a sweep can be stopped at any moment.
struct SweepRun {
  /// The commands that make a run, in their order.
  enum Stage: String {
    case train
    case trainPose = "train-pose"
    case evaluate
  }

  struct Command {
    let stage: Stage
    /// Of `drnet`, without those that choose the device.
    let arguments: [String]
  }

  let row: SweepFile.Row
  let seed: UInt64
  let folder: RunFolder
  /// What the commands print.
  let log: URL
  private let configuration: RunConfiguration
  private let pose: PoseConfiguration?
  private let seconds: Double?
  private let evaluation: [String]

  /// - Throws: `FileError` if a setting of the row cannot be used.
  init(_ row: SweepFile.Row, seed: UInt64, of file: SweepFile, in folder: URL) throws {
    self.row = row
    self.seed = seed
    evaluation = file.evaluation
    self.folder = RunFolder(url: folder.appending(path: row.name).appending(path: "seed-\(seed)"))
    log = folder.appending(path: row.name).appending(path: "seed-\(seed).log")
    func checked<Value>(ofPose: Bool, _ body: () throws -> Value) throws -> Value {
      do {
        return try body()
      } catch {
        let what = (error as? SettingError)?.description ?? SettingsFile.Main.message(for: error)
        throw file.fault(row, ofPose: ofPose, what)
      }
    }
    let parsed = try checked(ofPose: false) { try SettingsFile.Main.parse(row.training + ["--seed=\(seed)"]) }
    seconds = parsed.budget.seconds
    var configuration = try checked(ofPose: false) {
      let configuration = try RunConfiguration(parsed.settings, parsed.budget)
      try configuration.validate()
      return configuration
    }
    pose = try checked(ofPose: true) {
      try row.pose.map { flags in
        var pose = PoseConfiguration(after: configuration)
        try PoseOptions.parse(flags).apply(to: &pose)
        try pose.validate()
        return pose
      }
    }
    configuration.pose = pose
    self.configuration = configuration
  }

  /// Whether both are trained with the same settings, the seed among them.
  func isTrained(as other: SweepRun) -> Bool { configuration == other.configuration && seconds == other.seconds }

  var name: String { "\(row.name), seed \(seed)" }

  private var path: String { folder.url.relativePath }

  /// The command that the run needs next; nil if it is finished.
  /// - Throws: `FileError` if the folder holds something else, or cannot be read.
  func next() throws -> Command? {
    guard let stored = try storedConfiguration() else {
      return Command(stage: .train, arguments: row.training + ["--seed=\(seed)", "--out", path])
    }
    let record = SweepRecord.read(from: folder)
    let step = try newestStep(.model)
    guard step == configuration.steps || seconds != nil && record?.step == step else {
      return try Command(stage: .train, arguments: ["--resume", path] + secondsLeft(at: step))
    }
    if let pose, try newestStep(.pose) != pose.steps {
      let flags = stored.pose == nil ? row.pose ?? [] : ["--resume"]
      return Command(stage: .trainPose, arguments: [path] + flags)
    }
    let isEvaluated = FileManager.default.fileExists(atPath: folder.evaluationFile.path)
    return isEvaluated && record == finished(at: step)
      ? nil : Command(stage: .evaluate, arguments: [path] + evaluation)
  }

  /// Records that a command was successful.
  func finish(_ stage: Stage) throws {
    let step = try newestStep(.model)
    switch stage {
    case .train: if seconds != nil { try SweepRecord(step: step, seconds: seconds).write(into: folder) }
    case .trainPose: break
    case .evaluate: try finished(at: step).write(into: folder)
    }
  }

  private func finished(at step: Int) -> SweepRecord {
    SweepRecord(step: step, seconds: seconds, poseSteps: pose?.steps, evaluation: evaluation.sorted())
  }

  private func newestStep(_ kind: Checkpoints.Kind) throws -> Int {
    try Checkpoints(in: folder, kind, keep: 1).list().last?.step ?? 0
  }

  /// What a training that time ends has left of it.
  private func secondsLeft(at step: Int) throws -> [String] {
    guard let seconds else { return [] }
    let isLogged = FileManager.default.fileExists(atPath: folder.metricsFile.path)
    let rows = try isLogged ? MetricsLog.read(folder.metricsFile) : MetricsTable()
    return ["--seconds", "\(max(seconds - RunMeasures.trainingSeconds(rows, upTo: step), 0.001))"]
  }

  /// The settings of the run in the folder; nil if there is none yet.
  /// - Throws: `FileError` if they are not those of this sweep.
  private func storedConfiguration() throws -> RunConfiguration? {
    guard FileManager.default.fileExists(atPath: folder.configurationFile.path) else { return nil }
    let stored = try folder.configuration()
    var difference = difference(stored, configuration)
    if difference == nil, let ofPose = stored.pose, let pose {
      difference = self.difference(ofPose, pose).map { "pose \($0)" }
    }
    if difference == nil, let trained = SweepRecord.read(from: folder)?.seconds, trained != seconds {
      difference = "\(trained) seconds, not \(seconds.map { "\($0)" } ?? "as many as it needs")"
    }
    guard let difference else { return stored }
    throw FileError(
      folder.url, "holds a run with other settings: \(difference); choose another --out, or remove this folder")
  }

  /// The first setting in which two configurations differ, such as "width 8, not 16".
  private func difference<Configuration: Configurable>(_ stored: Configuration, _ wanted: Configuration) -> String? {
    // A preset's warm-up follows the number of steps, which is therefore compared first.
    ([Configuration.setting("steps")].compactMap(\.self) + Configuration.settings).first {
      !$0.isReadFromData && $0.text(in: stored) != $0.text(in: wanted)
    }
    .map { "\($0.flag) \($0.text(in: stored)), not \($0.text(in: wanted))" }
  }
}

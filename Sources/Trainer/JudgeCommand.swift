import ArgumentParser
import DRNetGPU
import Files
import Foundation

struct JudgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge", abstract: "Lets a classifier of true clips judge the decoded ones.",
    discussion: """
      Trains a classifier of clips on the true training clips, if there is none yet, and asks it for the classes of decoded \
      held-out clips: reconstructions, swaps of pose and content, and poses with a sampled content. Prints a table for each \
      class and writes judgement.json.
      Example:
        drnet judge runs/first
        drnet judge runs/second --judge runs/first/judge.safetensors
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String
  @OptionGroup var runWeights: RunWeightsOptions
  @Option(
    help: ArgumentHelp(
      "The judge: read from this file, or trained and written there (default: judge.safetensors in the run).",
      valueName: "file")) var judge: String?
  @Option(help: "Pairs of clips and sampled contents that are drawn.") var repeats = 5
  @Option(help: "Held-out clips; if there are fewer, all.") var clips = 1000
  @Option(
    help: "Frames of a clip that the judge sees (default: as the judge of the file; 8, or all if clips are shorter).")
  var frames: Int?
  @Option(help: "Seed of the judge's training, of the clips and of the first repeat.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count, accepted) in [
      ("repeats", repeats, 1...1000), ("clips", clips, 2...100_000), ("frames", frames ?? 1, 1...1000),
    ] where !accepted.contains(count) {
      throw ValidationError(
        "--\(flag) \(count): expected a whole number from \(accepted.lowerBound) to \(accepted.upperBound)")
    }
  }

  func run() throws {
    let interruption = Interruption(announcing: "stopping after this step")
    let trained = try TrainedRun(path, weights: runWeights.weights, on: devices)
    try AtomicFile.requireWritable(trained.folder.judgementFile)
    let judgement: Judgement
    do {
      judgement = try trained.judge(settings, shouldStop: { interruption.isWanted }, report: Self.show)
    } catch is CancellationError {
      Terminal.message("interrupted; nothing was measured")
      throw ExitCode(Interruption.exitStatus)
    }
    try trained.write(judgement)
    for table in judgement.tables {
      Terminal.printTable(table.rows)
      print("")
    }
    for (name, text) in judgement.methods { Terminal.printLine("\(name): \(text)") }
    for line in judgement.leftOut { Terminal.printLine(line) }
    Terminal.printLine(judgement.setting)
  }

  private var settings: TrainedRun.JudgeSettings {
    var settings = TrainedRun.JudgeSettings()
    settings.file = judge.map { URL(filePath: $0) }
    (settings.frames, settings.clips, settings.repeats, settings.seed) = (frames, clips, repeats, seed)
    return settings
  }

  private static func show(_ event: TrainedRun.JudgeEvent) {
    switch event {
    case .training(_, .stepped(let step, let most)):
      if Terminal.isInteractive { Terminal.progress("training the judge: step \(step) of at most \(most)") }
    case .training(_, .checked(let step, let classes)):
      let texts = classes.map {
        "\($0.name) " + String(format: "%.4f (cross-entropy %.4f)", $0.accuracy, $0.crossEntropy)
      }
      Terminal.message("step \(step): accuracy on training clips kept aside: \(texts.joined(separator: ", "))")
    case .trained(let url, let judge): Terminal.message("saved \(url.relativePath), \(judge.summary)")
    case .read(let url, let judge): Terminal.message("using \(url.relativePath), \(judge.summary)")
    }
  }
}

import ArgumentParser
import DRNetGPU

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures what a model has learned, on held-out clips.",
    discussion: """
      Prints PSNR and SSIM of reconstructions. If the run has a pose LSTM, also those of predictions, next to a copy of \
      the last observed frame as baseline, with the sharpness of frames and the spread of poses. If the data have labels \
      (classes, and what changes), also how well three kinds of probes read them from content and from pose, what a fresh \
      scene discriminator finds in the pose, and MIG, SAP and DCI; for moving objects also PSNR and SSIM of swaps, \
      predictions next to constant velocity, and their error of position. Writes evaluation.json, including the protocol \
      of every measure.
      Example:
        drnet evaluate runs/first
        drnet evaluate runs/first --n-past 10 --n-future 40
      """)

  /// The options that say what is measured.
  static let settings = [
    "weights", "training-clips", "held-out-clips", "prediction-clips", "n-past", "n-future", "seed",
  ]

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String
  @OptionGroup var runWeights: RunWeightsOptions
  @Option(help: "Training clips to fit the probes on.") var trainingClips = 4000
  @Option(help: "Held-out clips for everything except prediction.") var heldOutClips = 1000
  @Option(help: "Held-out clips to predict.") var predictionClips = 256
  @Option(help: "Frames to observe before predicting (default: as in training).") var nPast: Int?
  @Option(help: "Frames to predict (default: as in training).") var nFuture: Int?
  @Option(help: "Seed of the clips.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count, accepted) in [
      ("training-clips", trainingClips, 2...1_000_000), ("held-out-clips", heldOutClips, 2...1_000_000),
      ("prediction-clips", predictionClips, 1...1_000_000), ("n-past", nPast ?? 1, 1...100_000),
      ("n-future", nFuture ?? 1, 1...100_000),
    ] where !accepted.contains(count) {
      throw ValidationError(
        "--\(flag) \(count): expected a whole number from \(accepted.lowerBound) to \(accepted.upperBound)")
    }
  }

  func run() throws {
    let trained = try TrainedRun(path, weights: runWeights.weights, on: devices)
    try trained.folder.requireEvaluationWritable()
    let evaluation = try trained.evaluate(settings)
    try trained.write(evaluation)
    for table in evaluation.featureTables + [evaluation.frameTable] {
      Terminal.printTable(table.rows)
      for note in table.notes { Terminal.printLine(note.joined(separator: ": ")) }
      print("")
    }
    Terminal.printLine(evaluation.setting)
    guard let prediction = evaluation.prediction else {
      return Terminal.printLine("no predictions: \(evaluation.reasonWithoutPrediction ?? "")")
    }
    print("")
    Terminal.printTable(prediction.table)
    print(prediction.setting)
  }

  private var settings: TrainedRun.EvaluationSettings {
    var settings = TrainedRun.EvaluationSettings()
    settings.trainingClips = trainingClips
    settings.heldOutClips = heldOutClips
    settings.predictionClips = predictionClips
    settings.observed = nPast
    settings.predicted = nFuture
    settings.seed = seed
    return settings
  }
}

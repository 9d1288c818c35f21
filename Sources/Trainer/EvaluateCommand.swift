import ArgumentParser
import DRNetGPU
import Foundation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures what content and pose know, on moving objects with known factors.",
    discussion: """
      Prints the cross-probe table, reconstruction and swap PSNR, and writes evaluation.json.
      Example:
        drnet evaluate runs/first
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String
  @Option(help: "Clips that the probes are fitted on.") var trainingClips = 4000
  @Option(help: "Held-out clips that everything is measured on.") var heldOutClips = 1000
  @Option(help: "Seed of the clips.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count) in [("training-clips", trainingClips), ("held-out-clips", heldOutClips)] where count < 2 {
      throw ValidationError("--\(flag) \(count): expected a whole number from 2")
    }
  }

  func run() throws {
    let trained = try TrainedRun(path, on: devices)
    let source = try trained.configuration.dataSet().openWithFactors(trained.configuration.clipRequest)
    var evaluation = try Evaluation(
      trained.extractor, on: source, trainingClips: trainingClips, heldOutClips: heldOutClips, seed: seed)
    evaluation.step = trained.step
    evaluation.frames = trained.step * trained.configuration.batchSize
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(encoder.encode(evaluation) + Data("\n".utf8), to: trained.folder.evaluationFile)
    Terminal.printTable(evaluation.table)
    print(
      "\(evaluation.frames) frames trained; probes fitted on \(trainingClips) training clips, "
        + "measured on \(heldOutClips) held-out clips, seed \(seed)")
  }
}

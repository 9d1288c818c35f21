import ArgumentParser
import DRNetGPU
import Files

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Tells the classes of held-out clips from content, pose and pixels.",
    discussion: """
      Fits classifiers to few labelled training clips and to many, and scores them on held-out clips: what features that \
      were learnt without labels save of them. Prints a table for each class and writes classification.json.
      Example:
        drnet classify runs/first
        drnet classify runs/actors --classes action --label-counts 30,100,400
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String
  @OptionGroup var runWeights: RunWeightsOptions
  @Option(help: "Classes to tell, with commas between them (default: all).") var classes: String?
  @Option(help: "Numbers of labelled clips, with commas between them (default: 50,200,1000, or all that there are).")
  var labelCounts: String?
  @Option(help: "Frames of each clip that a classifier sees.") var frames = 8
  @Option(help: "Draws of labelled clips.") var draws = 5
  @Option(help: "Held-out clips; if there are fewer, all.") var heldOutClips = 1000
  @Option(help: "Seed of the first draw.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count, accepted) in [
      ("frames", frames, 1...1000), ("draws", draws, 1...1000), ("held-out-clips", heldOutClips, 2...100_000),
    ] where !accepted.contains(count) {
      throw ValidationError(
        "--\(flag) \(count): expected a whole number from \(accepted.lowerBound) to \(accepted.upperBound)")
    }
    _ = try counts()
    _ = try names()
  }

  private func names() throws -> [String]? {
    guard let names = classes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) else {
      return nil
    }
    guard !names.contains(""), Set(names).count == names.count else {
      throw ValidationError("--classes \(classes ?? ""): expected different names with commas between them")
    }
    return names
  }

  private func counts() throws -> [Int]? {
    guard let labelCounts else { return nil }
    let counts = labelCounts.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard counts.allSatisfy({ (2...100_000).contains($0) }), Set(counts).count == counts.count else {
      throw ValidationError(
        "--label-counts \(labelCounts): expected different whole numbers from 2 to 100000 with commas between them")
    }
    return counts.sorted()
  }

  func run() throws {
    let trained = try TrainedRun(path, weights: runWeights.weights, on: devices)
    try AtomicFile.requireWritable(trained.folder.classificationFile)
    let counts = try counts()
    let names = try names()
    let classification = try trained.classify(names) {
      ($0.counts, $0.frames, $0.draws, $0.heldOutClips, $0.seed) = (counts, frames, draws, heldOutClips, seed)
    }
    try trained.write(classification)
    for table in classification.tables {
      Terminal.printTable(table.rows)
      print("")
    }
    for (name, method) in Classification.methods.sorted(by: { $0.key < $1.key }) {
      Terminal.printLine("\(name): \(method)")
    }
    if let leftOut = classification.leftOut { Terminal.printLine(leftOut) }
    Terminal.printLine(classification.setting)
  }
}

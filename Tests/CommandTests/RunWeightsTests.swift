import DRNetGPU
import Foundation
import Testing

/// `--weights average|trained` of the commands that open a run.
@Suite struct RunWeightsTests {
  private let few = ["--held-out-clips", "4", "--training-clips", "20"] + TinyRun.cpu

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.succeed(
      ["train", "--out", "run", "--average-decay", "0.9", "--learning-rate", "0.02"] + TinyRun.settings + TinyRun.cpu)
    return workspace
  }

  @Test func theWeightsAreChosenAndTold() throws {
    let workspace = try workspace()
    func psnr(_ arguments: [String]) throws -> Double {
      try workspace.succeed(["evaluate", "run"] + arguments + few)
      let evaluation = try JSONDecoder().decode(
        Evaluation.self, from: Data(contentsOf: workspace["run/evaluation.json"]))
      #expect(evaluation.weights == (arguments.contains("trained") ? .trained : .average))
      return evaluation.reconstructionPSNR
    }
    let (average, trained) = (try psnr([]), try psnr(["--weights", "trained"]))
    #expect(average != trained)
    #expect(try psnr(["--weights", "average"]) == average)
    try workspace.succeed(["swap", "run", "--rows", "2", "--columns", "2", "--weights", "trained"] + TinyRun.cpu)
    try FileManager.default.createDirectory(at: workspace["frames"], withIntermediateDirectories: true)
    try PNGImage(width: 64, height: 64, channels: 3, pixels: (0..<64 * 64 * 3).map { UInt8($0 % 251) })
      .write(to: workspace["frames/0.png"])
    func content(_ arguments: [String]) throws -> [Float] {
      try workspace.succeed(
        ["encode", "--frames", "frames", "--out", "features.safetensors"] + arguments + TinyRun.cpu)
      return try SafetensorsFile.read(workspace["features.safetensors"]).tensor("content").values
    }
    let encoded = try content(["run"])
    #expect(try content(["--weights", TinyRun.checkpoint(20)]) == encoded)
    #expect(try content(["run", "--weights", "trained"]) != encoded)
    try workspace.succeed(["decode", "run", "--features", "features.safetensors", "--out", "out"] + TinyRun.cpu)
    try workspace.expectFailure(
      ["encode", "run", "--weights", "gone", "--frames", "frames", "--out", "out.safetensors"], status: 2,
      says: ["--weights gone", "average or trained"])
    try workspace.expectFailure(
      ["encode", "--frames", "frames", "--out", "out.safetensors"], status: 2, says: ["--weights"])
  }

  /// Tables and pictures of a report may be of different weights, so each says which, and what is missing.
  @Test func aReportSaysOfWhichWeightsItIs() throws {
    let workspace = try workspace()
    try workspace.succeed(["evaluate", "run", "--weights", "trained"] + few)
    try workspace.succeed(["swap", "run", "--rows", "2", "--columns", "2"] + TinyRun.cpu)
    try workspace.succeed(["report", "run"])
    let page = try String(contentsOf: workspace["run/index.html"], encoding: .utf8)
    #expect(page.split(separator: "Drawn by the averaged weights of step 20.").count == 3, "the grid, reconstructions")
    #expect(page.contains("trained, trained weights; "))
    #expect(
      page.contains("None: there is no pose LSTM yet; train it with drnet train-pose run --weights trained."))
    try workspace.succeed(["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(["generate", "run", "--frames", "2", "--clips", "1"] + TinyRun.cpu)
    try workspace.succeed(["evaluate", "run", "--weights", "trained"] + few)
    try workspace.succeed(["report", "run"])
    let other = try String(contentsOf: workspace["run/index.html"], encoding: .utf8)
    #expect(other.split(separator: "Drawn by the averaged weights of step 20.").count == 5, "a strip and an animation")
    #expect(other.contains("None: the pose LSTM belongs to the averaged weights; use --weights average, or "))
  }

  @Test func aPoseLSTMPredictsForTheWeightsItWasTrainedOn() throws {
    let workspace = try workspace()
    try workspace.succeed(["train-pose", "run", "--weights", "trained"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(["generate", "run", "--frames", "2", "--clips", "1"] + TinyRun.cpu)
    let told = ["pose LSTM", "trained weights", "drnet train-pose run --weights average --force"]
    try workspace.expectFailure(
      ["generate", "run", "--frames", "2", "--clips", "1", "--weights", "average"] + TinyRun.cpu,
      says: ["the pose LSTM belongs to the trained weights", "--weights trained", "--weights average --force"])
    let outcome = try workspace.run(["evaluate", "run", "--weights", "average"] + few)
    #expect(outcome.status == 0)
    for word in told { #expect(outcome.results.last?.contains(word) == true) }
    try workspace.succeed(["train-pose", "run", "--force"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(
      ["generate", "run", "--frames", "2", "--clips", "1", "--weights", "average"] + TinyRun.cpu)
  }

  @Test func aRunWithoutAverageHasOneSetOfWeights() throws {
    let workspace = try TinyRun.copy()
    try workspace.succeed(["evaluate", "run", "--weights", "trained"] + few)
    try workspace.expectFailure(
      ["evaluate", "run", "--weights", "average"] + few, says: ["step-00000020.safetensors", "--average-decay"])
  }
}

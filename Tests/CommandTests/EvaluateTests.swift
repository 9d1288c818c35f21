import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct EvaluateTests {
  private let few = ["--held-out-clips", "4", "--training-clips", "20", "--prediction-clips", "2"] + TinyRun.cpu

  private func evaluation(_ workspace: Workspace) throws -> Evaluation {
    try JSONDecoder().decode(Evaluation.self, from: Data(contentsOf: workspace["run/evaluation.json"]))
  }

  @Test func aRunThatPredictsIsComparedWithACopy() throws {
    let workspace = try TinyRun.predictingCopy()
    let outcome = try workspace.run(["evaluate", "run", "--n-future", "3"] + few)
    #expect(outcome.status == 0, "\(outcome.messages)")
    let found = try evaluation(workspace)
    let prediction = try #require(found.prediction)
    #expect((prediction.observed, prediction.predicted, prediction.clips) == (2, 3, 2))
    #expect([prediction.psnr, prediction.ssim, prediction.copyPSNR, prediction.copySSIM].allSatisfy { $0.count == 3 })
    // A sweep can rank by all that there is.
    for name in try RunMeasures(RunFolder(url: workspace["run"])).values(and: []).keys {
      #expect(MeasureName.isPossible(name), "\(name)")
    }
    for line in [found.setting, prediction.setting] { #expect(outcome.results.contains(line)) }
    let starts = [
      "class accuracy, linear", "position R2, MLP", "fresh scene discriminator", "MIG", "swap", "linear: least squares",
      "predicted frame", "SSIM of a copy", "PSNR dB of constant velocity", "position error px", "sharpness",
      "spread of poses",
    ]
    for start in starts {
      #expect(outcome.results.contains { $0.hasPrefix(start) }, "\(start): \(outcome.results)")
    }
    try workspace.succeed(["report", "run"])
    let page = try String(contentsOf: workspace["run/index.html"], encoding: .utf8)
    for part in [
      "What content and pose know", "how it was taken", "Quality of decoded frames", "Quality of predicted frames",
      "images/prediction-quality.svg",
    ] {
      #expect(page.contains(part))
    }
    let curves = try String(contentsOf: workspace["run/images/prediction-quality.svg"], encoding: .utf8)
    for part in ["copy of the last frame", "predicted frame", "constant velocity", "position error", "sharpness"] {
      #expect(curves.contains(part), "\(part)")
    }
  }

  @Test func ownFramesAreMeasuredWithAndWithoutPoseLSTM() throws {
    let workspace = try Workspace()
    try workspace.writeFrames(clips: 3, frames: 6, in: "clips")
    try workspace.succeed(
      ["train", "--out", "run", "--max-step", "3"] + TinyRun.settings + ["--data", "frames", "--data-root", "clips"]
        + TinyRun.cpu)
    let before = try workspace.run(["evaluate", "run"] + few)
    #expect(before.status == 0, "\(before.messages)")
    #expect(before.results.last?.contains("drnet train-pose run") == true)
    var found = try evaluation(workspace)
    #expect(found.prediction == nil && found.trainingClips == nil && found.swapPSNR == nil && found.heldOutSet == 1)
    try workspace.expectFailure(["evaluate", "run", "--n-future", "2"] + few, says: ["drnet train-pose run"])

    try workspace.succeed(["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(["evaluate", "run"] + few)
    found = try evaluation(workspace)
    #expect(found.prediction?.predicted == 2 && found.prediction?.heldOutSet == 1)
    try workspace.expectFailure(
      ["evaluate", "run", "--n-future", "9"] + few, says: ["clips/0", "6 PNG frames", "11 frames"])
    try workspace.succeed(["report", "run"])
    let page = try String(contentsOf: workspace["run/index.html"], encoding: .utf8)
    #expect(page.contains("Quality of decoded frames") && page.contains("Quality of predicted frames"))
  }

  @Test func classAndMotionOfPreparedClipsAreProbed() throws {
    let workspace = try Workspace()
    try FileManager.default.createDirectory(at: workspace["norb"], withIntermediateDirectories: true)
    try NORBFiles.write(
      training: NORBFiles.turns([(2, 4, 0, 5), (0, 9, 1, 0)]), heldOut: NORBFiles.turns([(2, 0, 0, 0), (4, 0, 0, 0)]),
      gzipped: false, to: workspace["norb"])
    try workspace.succeed(["prepare", "norb", "--from", "norb", "--out", "norb.clips"])
    try workspace.succeed(
      ["train", "--out", "run"] + TinyRun.settings + ["--data", "clips", "--data-root", "norb.clips"] + TinyRun.cpu)
    try workspace.succeed(["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu)
    // The turntable keeps turning: a circular clip of 18 frames has a 30th one.
    let outcome = try workspace.run(["evaluate", "run", "--n-past", "5", "--n-future", "25"] + few)
    #expect(outcome.status == 0, "\(outcome.messages)")
    for start in ["class accuracy, linear", "azimuth R2, 10 neighbours"] {
      #expect(outcome.results.contains { $0.hasPrefix(start) }, "\(start)")
    }
    #expect(!outcome.results.contains { $0.hasPrefix("swap") })
    let found = try evaluation(workspace)
    #expect(Set(found.probes.readings.map(\.factor)) == ["class", "azimuth"] && found.heldOutSet == 4)
    #expect(found.sceneLeak?.maxStep == 11)
    #expect(found.prediction?.psnr.count == 25)
  }

  static let faults = [
    ["--held-out-clips", "1"], ["--training-clips", "1"], ["--prediction-clips", "0"], ["--n-past", "0"],
    ["--n-future", "0"],
  ]

  @Test(arguments: faults) func countsOutOfRangeAreOneLine(_ flags: [String]) throws {
    try Workspace().expectFailure(["evaluate", "run"] + flags, status: 2, says: [flags.joined(separator: " ")])
  }
}

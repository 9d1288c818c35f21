import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct JudgeTests {
  private let few = ["--frames", "2", "--clips", "4", "--repeats", "2"] + TinyRun.cpu

  /// A run on a few turns of toys, whose clips have a class; the clips are in `FILE.clips`.
  private func run(_ workspace: Workspace, on file: String = "toys", _ out: String = "run") throws {
    try workspace.succeed(
      ["train", "--out", out] + TinyRun.settings + ["--data", "clips", "--data-root", "\(file).clips"] + TinyRun.cpu)
  }

  private func prepare(_ workspace: Workspace, _ file: String = "toys", heldOut: [Int] = [2, 0]) throws {
    try FileManager.default.createDirectory(at: workspace[file], withIntermediateDirectories: true)
    try NORBFiles.write(
      training: NORBFiles.turns([(2, 4, 0, 5), (0, 9, 1, 0), (2, 5, 0, 1)]),
      heldOut: NORBFiles.turns(heldOut.enumerated().map { ($1, $0, 0, 0) }), gzipped: false, to: workspace[file])
    try workspace.succeed(["prepare", "norb", "--from", file, "--out", "\(file).clips"])
  }

  @Test func aJudgeIsTrainedOnceAndReused() throws {
    let workspace = try Workspace()
    try prepare(workspace)
    try run(workspace)
    let outcome = try workspace.run(["judge", "run"] + few)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.messages.contains { $0.hasPrefix("drnet: saved run/judge.safetensors, right on 4 held-out true") })
    for start in [
      "class  ", "swap, kept from the content", "content sampled, kept from the pose", "IS: exp of the mean",
    ] {
      #expect(outcome.results.contains { $0.hasPrefix(start) }, "\(start): \(outcome.results)")
    }
    let file = workspace["run/judgement.json"]
    let stored = try JSONDecoder().decode(Judgement.self, from: Data(contentsOf: file))
    #expect(stored.readings.count == 5 && stored.readings.allSatisfy { $0.scores.count == 2 && $0.chance == 0.5 })
    #expect(stored.heldOutClips == 4 && stored.step == 20 && stored.judge.frames == 2 && stored.gaussianClips == 6)
    #expect(outcome.results.last == stored.setting)

    try workspace.succeed(["report", "run"])
    let page = try String(contentsOf: workspace["run/index.html"], encoding: .utf8)
    #expect(page.contains("What a judge sees in decoded clips") && page.contains("swap, kept from the content"))

    // The stored judge is used, also by another run of the same clips, and gives the same numbers.
    let (judge, text) = (try Data(contentsOf: workspace["run/judge.safetensors"]), try Data(contentsOf: file))
    let again = try workspace.run(["judge", "run", "--clips", "4", "--repeats", "2"] + TinyRun.cpu)
    #expect(again.status == 0 && again.results == outcome.results)
    #expect(again.messages.contains { $0.hasPrefix("drnet: using run/judge.safetensors, right on 4 held-out") })
    #expect(try Data(contentsOf: workspace["run/judge.safetensors"]) == judge && Data(contentsOf: file) == text)
    try run(workspace, "other")
    try workspace.succeed(["judge", "other", "--judge", "run/judge.safetensors"] + few)
    #expect(!FileManager.default.fileExists(atPath: workspace["other/judge.safetensors"].path))
    try workspace.succeed(["judge", "other"] + few)
    #expect(try Data(contentsOf: workspace["other/judge.safetensors"]) == judge, "one seed, one judge")

    // A new pose LSTM leaves the judge; a new model takes all of it away.
    try workspace.succeed(["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(["train-pose", "run", "--force"] + TinyRun.poseSettings + TinyRun.cpu)
    #expect(try Data(contentsOf: workspace["run/judge.safetensors"]) == judge)
    try workspace.succeed(
      ["train", "--force", "--out", "run"] + TinyRun.settings + ["--data", "clips", "--data-root", "toys.clips"]
        + TinyRun.cpu)
    for name in ["run/judge.safetensors", "run/judgement.json"] {
      #expect(!FileManager.default.fileExists(atPath: workspace[name].path))
    }
  }

  @Test func aJudgeThatDoesNotFitIsRefused() throws {
    let workspace = try Workspace()
    try prepare(workspace)
    try run(workspace)
    try workspace.succeed(["judge", "run"] + few)
    let judge = workspace["run/judge.safetensors"]
    try workspace.expectFailure(
      ["judge", "run", "--frames", "3"] + TinyRun.cpu, says: ["run/judge.safetensors", "2 frames", "--frames is 3"])
    try prepare(workspace, "others", heldOut: [0, 2, 2])
    try run(workspace, on: "others", "second")
    try workspace.expectFailure(
      ["judge", "second", "--judge", "run/judge.safetensors"] + few,
      says: ["run/judge.safetensors", "other clips", "--judge", "remove"])
    let whole = try Data(contentsOf: judge)
    try whole.dropLast(100).write(to: judge)
    try workspace.expectFailure(["judge", "run"] + few, says: ["run/judge.safetensors", "--judge", "remove"])
    try FileManager.default.removeItem(at: judge)
    try FileManager.default.copyItem(at: workspace[TinyRun.checkpoint(20)], to: judge)
    try workspace.expectFailure(["judge", "run"] + few, says: ["run/judge.safetensors", "holds no judge"])
  }

  @Test func clipsWithoutClassesAndPlacesToWriteAreTold() throws {
    let workspace = try TinyRun.copy()
    try workspace.expectFailure(
      ["judge", "run", "--judge", "nowhere/judge.safetensors"] + few,
      says: ["nowhere/judge.safetensors", "no such file or folder"])
    try workspace.writeFrames(clips: 3, frames: 6, in: "clips")
    try workspace.succeed(
      ["train", "--out", "own", "--max-step", "3"] + TinyRun.settings + ["--data", "frames", "--data-root", "clips"]
        + TinyRun.cpu)
    try workspace.expectFailure(["judge", "own"] + few, says: ["no labels to judge", "--labels folders"])
  }

  @Test func aReadOnlyDiskIsToldBeforeTheTraining() throws {
    let workspace = try TinyRun.copy()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 8192) else { return }
    defer { withExtendedLifetime(disk) {} }
    try FileManager.default.copyItem(at: workspace["run"], to: workspace["disk/run"])
    try disk.remount("ro")
    try workspace.expectFailure(["judge", "disk/run"] + few, says: ["disk/run/judgement.json", "read-only"])
    try workspace.expectFailure(
      ["judge", "run", "--judge", "disk/judge.safetensors"] + few, says: ["disk/judge.safetensors", "read-only"])
  }

  /// The whole run waits for its judge: an interrupted training leaves no file.
  @Test func anInterruptedTrainingLeavesNoJudge() throws {
    let workspace = try TinyRun.copy()
    let before = try workspace.snapshot()
    let running = try workspace.start(["judge", "run"] + TinyRun.cpu)
    // Its signal handlers are there before its first message.
    while running.process.isRunning, try Data(contentsOf: running.messages).isEmpty { usleep(10_000) }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.outcome()
    #expect(outcome.status == 130 && outcome.results.isEmpty)
    #expect(outcome.messages.last == "drnet: interrupted; nothing was measured", "\(outcome.messages)")
    #expect(try workspace.snapshot() == before)
  }

  @Test(arguments: [["--repeats", "0"], ["--clips", "1"], ["--frames", "0"]])
  func numbersOutOfRangeAreUsage(_ flags: [String]) throws {
    try Workspace().expectFailure(["judge", "run"] + flags, status: 2, says: [flags.joined(separator: " ")])
  }
}

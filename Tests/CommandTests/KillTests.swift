import Foundation
import Testing

/// Trainings that `kill -9` ends at any moment and `--resume` goes on with.
@Suite struct KillTests {
  /// SplitMix64: the same moments in every run of the tests.
  private struct Moments: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Starts a training, kills it at a random moment before `longest` seconds are over, and lets it go on to the end.
  /// Returns whether it was killed. One that ends before its moment sets `longest` to what it took: the first was timed while
  /// other tests kept the machine busy.
  private func killAndResume(
    _ workspace: Workspace, start training: [String], resume: [String], within longest: inout Double,
    isStarted: () -> Bool,
    _ moments: inout Moments
  ) throws -> Bool {
    let running = try workspace.start(training)
    let start = ContinuousClock.now
    let moment = start + .seconds(Double.random(in: 0.02...longest, using: &moments))
    while running.process.isRunning, ContinuousClock.now < moment { usleep(1000) }
    if !running.process.isRunning { longest = max((ContinuousClock.now - start) / .seconds(1), 0.02) }
    kill(running.process.processIdentifier, SIGKILL)
    let outcome = try running.outcome()
    #expect(outcome.status == 128 + SIGKILL || outcome.status == 0, "\(outcome.messages)")
    // A training that was killed before its first step was done has left nothing to go on with.
    try workspace.succeed(isStarted() ? resume : training)
    return outcome.status != 0
  }

  @Test func twentyKilledTrainingsEndLikeOneThatWasNot() throws {
    let settings =
      TinyRun.sizes + [
        "--steps", "30", "--save-every", "5", "--log-every", "3", "--cosine", "--average-decay", "0.9",
      ]
    let workspace = try Workspace()
    // The first run compiles the kernels where nothing did before, the second tells how long one takes.
    try workspace.succeed(["train", "--out", "first"] + settings)
    let start = ContinuousClock.now
    try workspace.succeed(["train", "--out", "whole"] + settings)
    var longest = (ContinuousClock.now - start) / .seconds(1)
    let rows = try TinyRun.rows(workspace["whole/metrics.jsonl"])
    let weights = try Data(contentsOf: workspace[TinyRun.checkpoint(30, of: "whole")])
    #expect(rows.count == 16)

    var moments = Moments(state: 2017)
    var killed = 0
    for index in 0..<20 {
      let run = "run-\(index)"
      let wasKilled = try killAndResume(
        workspace, start: ["train", "--out", run] + settings, resume: ["train", "--resume", run], within: &longest,
        isStarted: { FileManager.default.fileExists(atPath: workspace["\(run)/config.json"].path) }, &moments)
      killed += wasKilled ? 1 : 0
      #expect(try TinyRun.rows(workspace["\(run)/metrics.jsonl"]) == rows)
      #expect(try Data(contentsOf: workspace[TinyRun.checkpoint(30, of: run)]) == weights)
      let names = try workspace.snapshot().keys.filter { $0.hasPrefix(run) && $0.hasSuffix(".temporary") }
      #expect(names.isEmpty)
    }
    #expect(killed >= 10, "too few trainings were still under way when the signal came")
  }

  @Test func killedPoseTrainingsEndLikeOneThatWasNot() throws {
    let whole = try TinyRun.copy()
    let train = ["train-pose", "run"] + TinyRun.poseSettings
    try whole.succeed(train)
    let start = ContinuousClock.now
    try whole.succeed(train + ["--force"])
    var longest = (ContinuousClock.now - start) / .seconds(1)
    let rows = try TinyRun.rows(whole["run/pose-metrics.jsonl"])
    let weights = try Data(contentsOf: whole[TinyRun.checkpoint(30, "pose")])

    var moments = Moments(state: 1997)
    for _ in 0..<5 {
      let workspace = try TinyRun.copy()
      let configuration = workspace["run/config.json"]
      _ = try killAndResume(
        workspace, start: train, resume: ["train-pose", "run", "--resume"], within: &longest,
        isStarted: { (try? String(contentsOf: configuration, encoding: .utf8).contains("\"pose\"")) ?? false }, &moments
      )
      #expect(try TinyRun.rows(workspace["run/pose-metrics.jsonl"]) == rows)
      #expect(try Data(contentsOf: workspace[TinyRun.checkpoint(30, "pose")]) == weights)
    }
  }
}

import Foundation
import Testing

/// Trainings that are killed (`kill -9`) at random moments and resumed with `--resume`.
@Suite struct KillTests {
  /// SplitMix64: the same random moments in every run of the tests.
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

  /// Starts a training, kills it at a random moment within `maxSeconds`, and resumes it until it is finished.
  /// Returns whether it was killed. A training that ends before that moment sets `maxSeconds` to its own time, since the
  /// first one was timed while other tests kept the machine busy.
  private func killAndResume(
    _ workspace: Workspace, start training: [String], resume: [String], within maxSeconds: inout Double,
    isStarted: () -> Bool,
    _ moments: inout Moments
  ) throws -> Bool {
    let running = try workspace.start(training)
    let start = ContinuousClock.now
    let moment = start + .seconds(Double.random(in: 0.02...maxSeconds, using: &moments))
    while running.process.isRunning, ContinuousClock.now < moment { usleep(1000) }
    if !running.process.isRunning { maxSeconds = max((ContinuousClock.now - start) / .seconds(1), 0.02) }
    kill(running.process.processIdentifier, SIGKILL)
    let outcome = try running.outcome()
    #expect(outcome.status == 128 + SIGKILL || outcome.status == 0, "\(outcome.messages)")
    // A training that is killed before the end of its first step leaves nothing to resume.
    try workspace.succeed(isStarted() ? resume : training)
    return outcome.status != 0
  }

  @Test func twentyKilledTrainingsEndLikeAnUninterruptedOne() throws {
    let settings =
      TinyRun.sizes + [
        "--steps", "30", "--save-every", "5", "--log-every", "3", "--cosine", "--average-decay", "0.9",
      ]
    let workspace = try Workspace()
    // The first run compiles the kernels if they are not cached; the second measures the time of a training.
    try workspace.succeed(["train", "--out", "first"] + settings)
    let start = ContinuousClock.now
    try workspace.succeed(["train", "--out", "whole"] + settings)
    var maxSeconds = (ContinuousClock.now - start) / .seconds(1)
    let rows = try TinyRun.rows(workspace["whole/metrics.jsonl"])
    let weights = try Data(contentsOf: workspace[TinyRun.checkpoint(30, of: "whole")])
    #expect(rows.count == 16)

    var moments = Moments(state: 2017)
    var killed = 0
    for index in 0..<20 {
      let run = "run-\(index)"
      let wasKilled = try killAndResume(
        workspace, start: ["train", "--out", run] + settings, resume: ["train", "--resume", run], within: &maxSeconds,
        isStarted: { FileManager.default.fileExists(atPath: workspace["\(run)/config.json"].path) }, &moments)
      killed += wasKilled ? 1 : 0
      #expect(try TinyRun.rows(workspace["\(run)/metrics.jsonl"]) == rows)
      #expect(try Data(contentsOf: workspace[TinyRun.checkpoint(30, of: run)]) == weights)
      let names = try workspace.snapshot().keys.filter { $0.hasPrefix(run) && $0.hasSuffix(".temporary") }
      #expect(names.isEmpty)
    }
    #expect(killed >= 10, "too few trainings were still running when the signal came")
  }

  /// Both are removed after the last checkpoint is written.
  @Test func whatIsLeftAfterTheLastCheckpointIsRemovedThoughThereIsNothingToDo() throws {
    let workspace = try TinyRun.copy()
    let finished = try workspace.snapshot()
    let old = TinyRun.checkpoint(5)
    try FileManager.default.copyItem(at: workspace[TinyRun.checkpoint(10)], to: workspace[old])
    try Data("half".utf8).write(to: workspace["run/checkpoints/.step-00000020.safetensors.4242.temporary"])
    try workspace.succeed(["train", "--resume", "run"] + TinyRun.cpu)
    #expect(try workspace.snapshot() == finished)
  }

  @Test func killedPoseTrainingsEndLikeAnUninterruptedOne() throws {
    let whole = try TinyRun.copy()
    let train = ["train-pose", "run"] + TinyRun.poseSettings
    try whole.succeed(train)
    let start = ContinuousClock.now
    try whole.succeed(train + ["--force"])
    var maxSeconds = (ContinuousClock.now - start) / .seconds(1)
    let rows = try TinyRun.rows(whole["run/pose-metrics.jsonl"])
    let weights = try Data(contentsOf: whole[TinyRun.checkpoint(30, "pose")])

    var moments = Moments(state: 1997)
    for _ in 0..<5 {
      let workspace = try TinyRun.copy()
      let configuration = workspace["run/config.json"]
      _ = try killAndResume(
        workspace, start: train, resume: ["train-pose", "run", "--resume"], within: &maxSeconds,
        isStarted: { (try? String(contentsOf: configuration, encoding: .utf8).contains("\"pose\"")) ?? false }, &moments
      )
      #expect(try TinyRun.rows(workspace["run/pose-metrics.jsonl"]) == rows)
      #expect(try Data(contentsOf: workspace[TinyRun.checkpoint(30, "pose")]) == weights)
    }
  }
}

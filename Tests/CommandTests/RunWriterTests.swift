import Foundation
import Testing

/// A run has one writer, and is replaced whole or not at all.
@Suite struct RunWriterTests {
  private static let long = TinyRun.sizes + ["--steps", "100000", "--log-every", "3", "--save-every", "50"]

  @Test func aSecondTrainingIsRefusedAndTheFirstGoesOn() throws {
    let workspace = try Workspace()
    let running = try workspace.start(["train", "--out", "run"] + Self.long + TinyRun.cpu)
    let checkpoint = workspace[TinyRun.checkpoint(50)].path
    while running.process.isRunning, !FileManager.default.fileExists(atPath: checkpoint) { usleep(1000) }
    let told = ["run", "process \(running.process.processIdentifier) on "]
    for second in [
      ["train", "--resume", "run"], ["train", "--force", "--out", "run"] + TinyRun.settings, ["train-pose", "run"],
    ] {
      let outcome = try workspace.run(second + TinyRun.cpu)
      #expect(outcome.status == 1)
      workspace.expectOneLine(outcome.messages, says: told)
    }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.outcome()
    #expect(outcome.status == 130)
    let rows = try TinyRun.rows(workspace["run/metrics.jsonl"])
    #expect(Set(rows).count == rows.count)
    try workspace.succeed(["evaluate", "run", "--held-out-clips", "4", "--training-clips", "20"] + TinyRun.cpu)
  }

  /// A training that fails before its first checkpoint is no reason to lose the run that it was to replace.
  @Test func aFailedReplacementBringsTheOldRunBack() throws {
    let workspace = try TinyRun.copy()
    try Data("mine".utf8).write(to: workspace["run/notes"])
    let before = try workspace.snapshot()
    let outcome = try workspace.run(
      ["train", "--force", "--out", "run"] + TinyRun.settings + ["--learning-rate", "1e30"] + TinyRun.cpu)
    #expect(outcome.status == 1)
    #expect(outcome.messages.contains { $0.hasPrefix("drnet: what was to be replaced is back") })
    #expect(outcome.messages.last?.contains("not finite") == true)
    #expect(try workspace.snapshot() == before)
  }

  @Test func aPoseLSTMIsReplacedWholeOrNotAtAll() throws {
    let workspace = try TinyRun.predictingCopy()
    try Data("mine".utf8).write(to: workspace["run/notes"])
    let before = try workspace.snapshot()
    let replace = ["train-pose", "run", "--force"] + TinyRun.poseSettings + ["--seed", "9"] + TinyRun.cpu
    // With less, the LSTM saturates on some processors and goes on.
    let outcome = try workspace.run(replace + ["--learning-rate", "1e38"])
    #expect(outcome.status == 1 && outcome.messages.last?.contains("not finite") == true)
    #expect(try workspace.snapshot() == before)
    try workspace.succeed(replace)
    let after = try workspace.snapshot()
    #expect(Set(after.keys) == Set(before.keys))
    for (name, data) in before where name.contains("step-") || name == "run/metrics.jsonl" || name == "run/notes" {
      #expect(after[name] == data)
    }
    #expect(after[TinyRun.checkpoint(30, "pose")] != before[TinyRun.checkpoint(30, "pose")])
  }

  /// Killed at many moments, the folder holds the new run, which resumes, or the old one, which comes back if the new one has
  /// no checkpoint.
  @Test func aKilledReplacementLeavesOneWholeRun() throws {
    let settings = TinyRun.sizes + ["--steps", "12", "--save-every", "4", "--log-every", "3", "--seed", "5"]
    let replace = ["train", "--force", "--out", "run"] + settings + TinyRun.cpu
    let whole = try TinyRun.copy()
    let old = try Data(contentsOf: whole[TinyRun.checkpoint(20)])
    let start = ContinuousClock.now
    try whole.succeed(replace)
    let duration = (ContinuousClock.now - start) / .seconds(1)
    let new = try Data(contentsOf: whole[TinyRun.checkpoint(12)])
    for index in 0..<10 {
      let workspace = try TinyRun.copy()
      let running = try workspace.start(replace)
      usleep(UInt32(duration * (0.3 + 0.07 * Double(index)) * 1e6))
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.outcome()
      let isNew = [4, 8, 12].contains { FileManager.default.fileExists(atPath: workspace[TinyRun.checkpoint($0)].path) }
      try workspace.succeed(["train", "--resume", "run"] + TinyRun.cpu)
      let (file, expected) = isNew ? (TinyRun.checkpoint(12), new) : (TinyRun.checkpoint(20), old)
      #expect(try Data(contentsOf: workspace[file]) == expected)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: workspace["run"].deletingLastPathComponent().path) == [
          "run"
        ])
    }
  }
}

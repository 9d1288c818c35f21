import Foundation
import Testing

@Suite struct InterruptionTests {
  private static let settings =
    TinyRun.sizes + ["--steps", "90", "--log-every", "7", "--save-every", "40", "--average-decay", "0.9"]

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1]) func anInterruptedRunResumesBitForBit(_ signal: Int32)
    throws
  {
    let workspace = try Workspace()
    try workspace.succeed(["train", "--out", "whole"] + Self.settings + TinyRun.cpu)
    let running = try workspace.start(["train", "--out", "run"] + Self.settings + TinyRun.cpu)
    // Two rows are written, so the signal comes between two rows.
    while running.process.isRunning, (try? TinyRun.rows(workspace["run/metrics.jsonl"]).count) ?? 0 < 2 { usleep(1000) }
    kill(running.process.processIdentifier, signal)
    let outcome = try running.outcome()
    #expect(outcome.status == 130)
    #expect(outcome.results.isEmpty)
    #expect(outcome.messages.last == "drnet: interrupted; resume with: drnet train --resume run")
    #expect(outcome.messages.count { $0.hasPrefix("drnet: saved run/checkpoints/step-") } > 0)
    try workspace.succeed(["train", "--resume", "run"] + TinyRun.cpu)
    #expect(try TinyRun.rows(workspace["run/metrics.jsonl"]) == TinyRun.rows(workspace["whole/metrics.jsonl"]))
    let last = [TinyRun.checkpoint(90), TinyRun.checkpoint(90, of: "whole")]
    #expect(try Data(contentsOf: workspace[last[0]]) == Data(contentsOf: workspace[last[1]]))
  }

  @Test func anInterruptedPoseTrainingResumesBitForBit() throws {
    let (whole, workspace) = (try TinyRun.copy(), try TinyRun.copy())
    let settings = TinyRun.poseSettings + ["--steps", "300"] + TinyRun.cpu
    try whole.succeed(["train-pose", "run"] + settings)
    let running = try workspace.start(["train-pose", "run"] + settings)
    while running.process.isRunning, (try? TinyRun.rows(workspace["run/pose-metrics.jsonl"]).count) ?? 0 < 2 {
      usleep(1000)
    }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.outcome()
    #expect(outcome.status == 130)
    #expect(outcome.messages.last == "drnet: interrupted; resume with: drnet train-pose run --resume")
    try workspace.succeed(["train-pose", "run", "--resume"] + TinyRun.cpu)
    let rows = try [workspace, whole].map { try TinyRun.rows($0["run/pose-metrics.jsonl"]) }
    #expect(rows[0] == rows[1])
  }

  /// The compiler of a device's driver may have handlers of its own, whichever thread the signal comes to.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1]) func noSignalIsLostOnADevice(_ signal: Int32) throws {
    let endless = TinyRun.sizes + ["--steps", "1000000", "--seconds", "60", "--log-every", "1"]
    for rows in 1...3 {
      let workspace = try Workspace()
      let running = try workspace.start(["train", "--out", "run"] + endless)
      while running.process.isRunning, (try? TinyRun.rows(workspace["run/metrics.jsonl"]).count) ?? 0 < rows {
        usleep(1000)
      }
      // Longer than it takes to notice that a handler was replaced.
      usleep(200_000)
      kill(running.process.processIdentifier, signal)
      let outcome = try running.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.messages.last == "drnet: interrupted; resume with: drnet train --resume run")
    }
  }

  /// Ctrl-\, on the CPU backend and on a device whose driver has handlers of its own.
  @Test(arguments: ["cpu", "auto"]) func aQuitTrainingEndsAtOnce(_ backend: String) throws {
    let workspace = try Workspace()
    let endless = TinyRun.sizes + ["--steps", "1000000", "--log-every", "1", "--backend", backend]
    // A shell in whose background the tests run may ignore it.
    let previous = signal(SIGQUIT, SIG_DFL)
    let running = try workspace.start(["train", "--out", "run"] + endless)
    signal(SIGQUIT, previous)
    while running.process.isRunning, (try? TinyRun.rows(workspace["run/metrics.jsonl"]).count) ?? 0 < 2 { usleep(1000) }
    kill(running.process.processIdentifier, SIGQUIT)
    let outcome = try running.outcome()
    #expect(outcome.status == 128 + SIGQUIT)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace["run/checkpoints"].path).isEmpty)
  }

  /// Under nohup, a closed terminal stops nothing.
  @Test func anIgnoredHangUpStaysIgnored() throws {
    let workspace = try Workspace()
    let previous = signal(SIGHUP, SIG_IGN)
    let running = try workspace.start(["train", "--out", "run"] + Self.settings + TinyRun.cpu)
    signal(SIGHUP, previous)
    while running.process.isRunning, (try? TinyRun.rows(workspace["run/metrics.jsonl"]).count) ?? 0 < 2 { usleep(1000) }
    kill(running.process.processIdentifier, SIGHUP)
    let outcome = try running.outcome()
    #expect(outcome.status == 0 && outcome.results == ["run"])
  }

  /// Nobody reads what the training says, so that it waits; it stops all the same.
  @Test func aBlockedErrorOutputKeepsNoTrainingFromStopping() throws {
    let workspace = try Workspace()
    let pipe = Pipe()
    let settings = TinyRun.sizes + ["--steps", "1000000", "--log-every", "1", "--save-every", "1000000"]
    let running = try workspace.start(
      ["train", "--out", "run"] + settings + TinyRun.cpu, error: pipe.fileHandleForWriting)
    var sizes = [0, 1]
    while running.process.isRunning, sizes[0] != sizes[1] || sizes[0] == 0 {
      usleep(500_000)
      let log = try? Data(contentsOf: workspace["run/metrics.jsonl"])
      sizes = [sizes[1], log?.count ?? 0]
    }
    kill(running.process.processIdentifier, SIGTERM)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 130)
    #expect(try !FileManager.default.contentsOfDirectory(atPath: workspace["run/checkpoints"].path).isEmpty)
    withExtendedLifetime(pipe) {}
  }

  /// A closed pipe does not interrupt a training, and causes no error in a command that prints.
  @Test func aClosedPipeIsNoFault() throws {
    let workspace = try Workspace()
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let training = try workspace.start(
      ["train", "--out", "run"] + TinyRun.settings + TinyRun.cpu, output: pipe.fileHandleForWriting,
      error: pipe.fileHandleForWriting)
    #expect(try training.outcome().status == 0)
    let devices = try workspace.start(["devices"], output: pipe.fileHandleForWriting).outcome()
    #expect(devices.status == 0 && devices.messages.isEmpty)
  }

  /// A caller may close standard streams; no file of the run takes their place. What belongs on a closed stdout is missed.
  @Test(arguments: [("<&-", 0), ("2>&-", 0), (">&-", 1), ("<&- >&- 2>&-", 1)])
  func closedStreamsKeepNoTrainingFromItsEnd(_ redirection: String, _ status: Int32) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(
      ["-c", "exec timeout -s KILL 60 \"$0\" \"$@\" \(redirection)", Workspace.command.path, "train", "--out", "run"]
        + TinyRun.settings + TinyRun.cpu,
      program: URL(filePath: "/bin/sh"))
    #expect(outcome.status == status)
    if redirection == ">&-" {
      #expect(outcome.messages.last?.hasPrefix("drnet: stdout: cannot write the results") == true)
    }
    #expect(try TinyRun.rows(workspace["run/metrics.jsonl"]).count > 0)
    #expect(FileManager.default.fileExists(atPath: workspace[TinyRun.checkpoint(20)].path))
  }

  @Test func resultsThatCannotBeWrittenAreOneLine() throws {
    let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
    let workspace = try Workspace()
    let outcome = try workspace.start(["devices"], output: full).outcome()
    #expect(outcome.status == 1)
    workspace.expectOneLine(outcome.messages, says: ["stdout", "No space left"])
  }
}

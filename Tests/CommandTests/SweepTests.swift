import DRNetGPU
import Foundation
import Testing

@Suite struct SweepTests {
  /// A sweep of the smallest trainings, with these rows.
  private static func text(_ rows: String, seeds: String = "[1, 2]", steps: Int = 20, common: String = "") -> String {
    """
    data: embedded
    width: 4
    content-dim: 8
    pose-dim: 3
    batch-size: 4
    steps: \(steps)
    log-every: 3
    save-every: 5
    seeds: \(seeds)
    best: reconstructionPSNR
    evaluate: {held-out-clips: 4, training-clips: 20, prediction-clips: 2}
    \(common)
    \(rows)
    """
  }

  private func workspace(_ text: String) throws -> Workspace {
    let workspace = try Workspace()
    try write(text, in: workspace)
    return workspace
  }

  private func write(_ text: String, in workspace: Workspace) throws {
    try Data(text.utf8).write(to: workspace["tiny.yaml"])
  }

  private let sweep = ["sweep", "tiny.yaml"] + TinyRun.cpu

  private func results(_ workspace: Workspace) throws -> String {
    try String(contentsOf: workspace["tiny/results.csv"], encoding: .utf8)
  }

  /// Row, seed and state of each run in results.csv.
  private func states(_ workspace: Workspace) throws -> [String] {
    try results(workspace).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").prefix(3).joined(separator: " ") }
  }

  private func content(_ workspace: Workspace, _ path: String) throws -> Data {
    try Data(contentsOf: workspace[path])
  }

  @Test func everyRowIsTrainedWithEverySeedAndTheSameCommandThenSkipsAll() throws {
    let workspace = try workspace(
      Self.text("rows:\n  plain:\n  light: {alpha: 0.25, pose: {n-future: 3}}", common: "pose: {steps: 3, n-past: 2}"))
    let outcome = try workspace.run(sweep + ["--jobs", "2"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.messages.contains { $0.hasPrefix("drnet: run 4 of 4, light, seed 2: finished after ") })
    #expect(outcome.results[0].hasPrefix("       ") && outcome.results[0].contains("class from content"))
    #expect(outcome.results[1...2].allSatisfy { $0.contains(" to ") })
    #expect(outcome.results[1...2].count { $0.contains(" *  2 ") } == 1)
    #expect(outcome.results.last == "tiny/results.md")
    #expect(
      try states(workspace) == ["plain 1 finished", "plain 2 finished", "light 1 finished", "light 2 finished"])
    let used = try RunFolder.open(workspace["tiny/light/seed-2"]).configuration()
    #expect(used.alpha == 0.25 && used.seed == 2 && used.pose?.nPast == 2 && used.pose?.nFuture == 3)

    // A run is what drnet train makes of the same settings.
    try workspace.succeed(["train", "--out", "alone", "--seed", "2"] + TinyRun.settings + TinyRun.cpu)
    let last = try ["alone", "tiny/plain/seed-2"].map { try content(workspace, TinyRun.checkpoint(20, of: $0)) }
    #expect(last[0] == last[1])
    try workspace.succeed(["report", "tiny/light/seed-2"])

    let before = try workspace.snapshot()
    let again = try workspace.run(sweep)
    #expect(again.status == 0 && again.messages.isEmpty && again.results == outcome.results)
    #expect(try workspace.snapshot() == before)
  }

  @Test(arguments: [SIGKILL, SIGINT, SIGTERM]) func aStoppedSweepContinues(_ signal: Int32) throws {
    let text = Self.text("rows: {plain: {}, light: {alpha: 0.25}}", seeds: "[3]", steps: 400)
    let (whole, workspace) = (try workspace(text), try workspace(text))
    try whole.succeed(sweep)
    let running = try workspace.start(sweep)
    let metrics = "tiny/plain/seed-3/metrics.jsonl"
    while running.process.isRunning, (try? TinyRun.rows(workspace[metrics]).count) ?? 0 < 2 { usleep(1000) }
    kill(running.process.processIdentifier, signal)
    let outcome = try running.outcome()
    #expect(outcome.status == (signal == SIGKILL ? 128 + SIGKILL : 130))
    if signal != SIGKILL {
      #expect(outcome.messages.last == "drnet: interrupted; the same command continues")
      #expect(try states(workspace) == ["plain 3 unfinished", "light 3 unfinished"])
    }
    let again = try workspace.run(sweep)
    #expect(again.status == 0, "\(again.messages)")
    let log = try String(contentsOf: workspace["tiny/plain/seed-3.log"], encoding: .utf8)
    #expect(log.contains("drnet: resuming from step "))
    for run in ["tiny/plain/seed-3", "tiny/light/seed-3"] {
      let rows = try [whole, workspace].map { try TinyRun.rows($0["\(run)/metrics.jsonl"]) }
      #expect(rows[0] == rows[1])
      let files = [TinyRun.checkpoint(400, of: run), "\(run)/evaluation.json"]
      for file in files { #expect(try content(whole, file) == content(workspace, file), "\(file)") }
    }
  }

  @Test func aRunThatFailsStopsNoOther() throws {
    let workspace = try workspace(
      Self.text(
        "rows: {wild: {learning-rate: 1e30}, plain: {}}", seeds: "[1]",
        common: "measures: [swapPSNR, probes.gone.mlp.pose]"))
    let outcome = try workspace.run(sweep)
    #expect(outcome.status == 1)
    #expect(outcome.messages.last == "drnet: 1 of 2 runs failed; the same command tries them again")
    #expect(outcome.messages.contains { $0.hasPrefix("drnet: probes.gone.mlp.pose: in no evaluation of these runs") })
    let failed = outcome.results.filter { $0.hasPrefix("failed: wild, seed 1: ") }
    #expect(failed.count == 1 && failed[0].contains("not finite"), "\(outcome.results)")
    #expect(try states(workspace) == ["wild 1 failed", "plain 1 finished"])
    #expect(try results(workspace).hasPrefix("row,seed,state,swapPSNR,probes.gone.mlp.pose,reconstructionPSNR,frames,"))
    let table = try String(contentsOf: workspace["tiny/results.md"], encoding: .utf8)
    #expect(table.contains("| wild | 0 of 1 | - |") && table.contains("| **plain** | 1 |"))
    #expect(table.contains("Failed: wild, seed 1: "))
    // Only the failed run is tried again.
    let again = try workspace.run(sweep)
    #expect(again.status == 1 && again.messages.contains("drnet: 1 of 2 runs are finished already"))
    #expect(!again.messages.contains { $0.contains("plain, seed 1: train") })
  }

  @Test func changedSettingsAreOneLineBeforeAnythingIsTrained() throws {
    let workspace = try workspace(
      Self.text("rows: {plain: {}}", seeds: "[1]", common: "pose: {steps: 1, n-past: 2, n-future: 2}"))
    try workspace.succeed(sweep)
    for (change, parts) in [
      ("width: 5", ["tiny/plain/seed-1", "width 4, not 5", "--out"]),
      ("pose: {steps: 2, n-past: 2, n-future: 2}", ["tiny/plain/seed-1", "pose steps 1, not 2"]),
    ] {
      try write(
        Self.text(
          "rows: {new: {}, plain: {\(change)}}", seeds: "[1]", common: "pose: {steps: 1, n-past: 2, n-future: 2}"),
        in: workspace)
      try workspace.expectFailure(sweep, says: parts)
      try workspace.expectFailure(sweep + ["--table"], says: parts)
    }
  }

  @Test func aChangedProtocolIsEvaluatedAnew() throws {
    let text = Self.text("rows: {plain: {}}", seeds: "[1]")
    let workspace = try workspace(text)
    try workspace.succeed(sweep)
    try write(text.replacing("held-out-clips: 4", with: "held-out-clips: 5"), in: workspace)
    let outcome = try workspace.run(sweep)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(
      outcome.messages.filter { $0.contains("see tiny") } == [
        "drnet: run 1 of 1, plain, seed 1: evaluate; see tiny/plain/seed-1.log"
      ])
    let evaluation = try JSONDecoder().decode(
      Evaluation.self, from: content(workspace, "tiny/plain/seed-1/evaluation.json"))
    #expect(evaluation.heldOutClips == 5)
  }

  @Test func aTrainingCanBeLimitedByTime() throws {
    let text = Self.text("rows: {short: {seconds: 0.2}}", seeds: "[1]").replacing("steps: 20\n", with: "")
    let workspace = try workspace(text)
    try workspace.succeed(sweep)
    let evaluation = try content(workspace, "tiny/short/seed-1/evaluation.json")
    let again = try workspace.run(sweep)
    #expect(again.status == 0 && again.messages.isEmpty)
    #expect(try content(workspace, "tiny/short/seed-1/evaluation.json") == evaluation)
    try write(text.replacing("seconds: 0.2", with: "seconds: 0.3"), in: workspace)
    try workspace.expectFailure(sweep, says: ["tiny/short/seed-1", "0.2 seconds, not 0.3"])
  }

  @Test func aGridHasARowForEachCombination() throws {
    let workspace = try workspace(
      Self.text("grid:\n  alpha: [0.5, 1]\n  width: [2, 3]", seeds: "[1]", steps: 1))
    try workspace.succeed(sweep + ["--out", "elsewhere"])
    let table = try String(contentsOf: workspace["elsewhere/results.md"], encoding: .utf8)
    for (alpha, width) in [(0.5, 2), (0.5, 3), (1, 2), (1, 3)] {
      let name = alpha == 1 ? "alpha=1,width=\(width)" : "alpha=\(alpha),width=\(width)"
      let used = try RunFolder.open(workspace["elsewhere/\(name)/seed-1"]).configuration()
      #expect(used.alpha == alpha && used.width == width && table.contains(name))
    }
  }

  @Test func twoSweepsInOneFolderWaitForEachOther() throws {
    let workspace = try workspace(Self.text("rows: {plain: {}}", steps: 200))
    let running = try (0..<2).map { _ in try workspace.start(sweep) }
    for outcome in try running.map({ try $0.outcome() }) { #expect(outcome.status == 0, "\(outcome.messages)") }
    let log = try String(contentsOf: workspace["tiny/plain/seed-1.log"], encoding: .utf8)
    #expect(log.ranges(of: "step 200/200").count == 2, "training and validation, once each: \(log)")
  }

  @Test func theTableNeedsNoTraining() throws {
    let workspace = try workspace(Self.text("rows: {plain: {}}", seeds: "[1]"))
    try workspace.expectFailure(sweep + ["--table"], says: ["tiny", "omit --table"])
    try workspace.succeed(sweep)
    try write(Self.text("rows: {plain: {}, more: {alpha: 0}}", seeds: "[1, 2]"), in: workspace)
    let outcome = try workspace.run(sweep + ["--table"])
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    #expect(outcome.results[1].hasPrefix("plain  1 of 2"))
    #expect(
      try states(workspace) == ["plain 1 finished", "plain 2 unfinished", "more 1 unfinished", "more 2 unfinished"])
  }

  @Test func devicesAreCheckedFirst() throws {
    let workspace = try workspace(Self.text("rows: {plain: {}}"))
    let command = ["sweep", "tiny.yaml"]
    try workspace.expectFailure(command + ["--device", "0,99"], status: 2, says: ["--device 99"])
    try workspace.expectFailure(sweep + ["--device", "0"], status: 2, says: ["--device 0", "--backend cpu"])
    try workspace.expectFailure(sweep + ["--jobs", "0"], status: 2, says: ["--jobs 0", "1000"])
    try workspace.expectFailure(sweep + ["--out", ""], status: 2, says: ["--out"])
    try workspace.expectFailure(command + ["--device", ""], status: 2, says: ["--device"])
    try workspace.expectFailure(sweep + ["--out", "tiny.yaml"], says: ["tiny.yaml"])
  }

  static let faults: [(String, [String])] = [
    ("width: 4", ["rows", "grid"]),
    ("rows: {a: {}}\ngrid: {alpha: [1]}", ["line 2: grid", "only one"]),
    ("rows: {}", ["line 1: rows", "below it"]),
    ("rows: {a: 3}", ["line 1: a", "{alpha: 0.3}"]),
    ("rows: {a/b: {}}", ["line 1: a/b", "folder"]),
    ("rows: {..: {}}", ["line 1: ..", "folder"]),
    ("rows: {a: {}, a: {}}", ["'a'", "unique"]),
    ("rows:\n  a: {widht: 3}", ["line 2: widht", "unknown setting"]),
    ("rows:\n  a:\n    width: wide", ["line 3: width", "'wide'"]),
    ("rows:\n  a:\n    beta: -1", ["line 2: a", "--beta -1.0", "from 0 to"]),
    ("rows:\n  a:\n    pose: {n-past: few}", ["line 3: n-past", "'few'"]),
    ("rows:\n  a:\n    pose: {n-past: 0}", ["line 3: pose", "--n-past 0"]),
    ("rows:\n  a: {pose: 3}", ["line 2: pose", "true or false"]),
    ("rows:\n  a: {seconds: 3, cosine: true}", ["line 2: a", "--seconds with --cosine"]),
    ("rows: {a: {}}\nseed: 3", ["line 2: seed", "unknown setting", "seeds"]),
    ("rows: {a: {}}\nseeds: 3", ["line 2: seeds", "[1, 2, 3]"]),
    ("rows: {a: {}}\nseeds: [1, -2]", ["line 2: seeds", "'-2'"]),
    ("rows: {a: {}}\nseeds: [1, 1]", ["line 2: seeds", "twice"]),
    ("rows: {a: {}}\nbest: the swap", ["line 2: best", "swapPSNR"]),
    ("rows: {a: {}}\nbest: swapPSRN", ["line 2: best", "'swapPSRN'", "swapPSNR, ", "probes..."]),
    (
      "rows: {a: {}}\nmeasures: [swapPSNR, probes.class.mpl.pose]",
      ["line 2: measures", "'probes.class.mpl.pose'", "mlp"]
    ),
    ("rows: {a: {}}\nbest: lowest probes.mlp.class.pose", ["line 2: best", "probes.FACTOR.KIND"]),
    ("rows: {a: {}}\nbest: lowest", ["line 2: best", "swapPSNR"]),
    ("rows: {a: {}}\npose: {free-running: 3}", ["line 2: pose", "--free-running 3.0"]),
    ("rows: {results.md: {}}", ["line 1: results.md", "file of this name"]),
    ("rows:\n  a: {}\n  b: {}", ["line 3: b", "row 'a'"]),
    ("width: 8\nrows:\n  a: {}\n  b: {width: 8}", ["line 4: b", "row 'a'"]),
    ("rows: {a: {}}\nmeasures: swapPSNR", ["line 2: measures", "list"]),
    ("rows: {a: {}}\nmeasures: [frames, frames]", ["line 2: measures", "twice"]),
    ("rows: {a: {}}\nevaluate: {held-out-clips: 1}", ["line 2: held-out-clips", "from 2 to"]),
    ("rows: {a: {}}\nevaluate: {clips: 4}", ["line 2: clips", "unknown setting", "held-out-clips"]),
    ("rows: {a: {}}\nevaluate: {device: 0}", ["line 2: device", "drnet sweep"]),
    ("grid: {alpha: 1}", ["line 1: alpha", "[0.3, 1]"]),
    ("grid: {alpha: [1, 1]}", ["line 1: alpha", "twice"]),
    ("grid: {data-root: [a/b]}", ["line 1: data-root", "'data-root=a/b'"]),
    ("grid: {width: [1], colour: [2]}", ["line 1: colour", "unknown setting"]),
    ("a: b: c", ["not YAML", "1:5"]),
    ("", ["rows"]),
  ]

  @Test(arguments: faults) func whatIsWrongWithAFileIsOneLine(_ text: String, _ parts: [String]) throws {
    try workspace(text).expectFailure(sweep, says: ["tiny.yaml: "] + parts)
  }
}

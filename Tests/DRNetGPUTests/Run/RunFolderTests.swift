import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct RunFolderTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func aNewRunHoldsItsSettings() throws {
    var configuration = RunConfiguration()
    configuration.dataRoot = "/data/clips"
    configuration.averageDecay = 0.995
    configuration.learningRate = 0.0005
    configuration.seed = .max
    configuration.pose = PoseConfiguration()
    let run = try RunFolder.create(at: folder["deep/down/run"], configuration, force: false)
    #expect(try RunFolder.open(folder["deep/down/run"]).configuration() == configuration)
    #expect(access(run.checkpoints.path, W_OK) == 0)
    #expect(access(run.images.path, W_OK) == 0)
    let text = try String(contentsOf: run.configurationFile, encoding: .utf8)
    #expect(text.contains("\"learningRate\" : 0.0005"))
    #expect(text.contains("\"seed\" : 18446744073709551615"))
    #expect(text.contains("\"dataRoot\" : \"/data/clips\""))
  }

  @Test func anOldRunIsNotOverwrittenUnasked() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    let error = message { _ = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false) }
    #expect(
      error == "\(run.url.path): this folder holds a run already; choose another --out, continue it with --resume, or "
        + "replace it with --force")
  }

  @Test func forceReplacesTheRunAndNothingElse() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    for file in [
      run.metricsFile, run.poseMetricsFile, run.evaluationFile, run.reportFile, run.images.appending(path: "swap.png"),
      run.images.appending(path: "prediction-12.png"), run.images.appending(path: "pose-curves.svg"),
      run.images.appending(path: "talk.png"), run.checkpoints.appending(path: "step-00000001.safetensors"),
      run.checkpoints.appending(path: "best.safetensors"), run.url.appending(path: "notes.txt"),
    ] {
      try Data("x".utf8).write(to: file)
    }
    var configuration = RunConfiguration()
    configuration.width = 16
    _ = try RunFolder.create(at: folder["run"], configuration, force: true)
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: run.url.path).sorted()
        == [
          "checkpoints", "checkpoints/best.safetensors", "config.json", "images", "images/talk.png", "notes.txt",
        ])
    #expect(try run.configuration().width == 16)
  }

  /// What a user writes into the new run before the old one is gone is kept beside what was there.
  @Test(arguments: [true, false]) func nothingOfAUserIsLostOnTheWay(_ isCommitted: Bool) throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    for path in ["run/notes", "run/plots/a", "run/plots/b", "run/images/deep/c"] {
      try FileManager.default.createDirectory(
        at: folder[path].deletingLastPathComponent(), withIntermediateDirectories: true)
      _ = try folder.write("old", to: path)
    }
    let replacement = try RunReplacement(of: run.url, locked: RunLock(run.url)) {
      try RunFolder.createLocked(at: $0, RunConfiguration()).lock
    }
    for path in ["run/notes", "run/plots/a", "run/images/talk.png"] {
      try FileManager.default.createDirectory(
        at: folder[path].deletingLastPathComponent(), withIntermediateDirectories: true)
      _ = try folder.write("new", to: path)
    }
    try isCommitted ? replacement.commit() : replacement.restore()
    let texts = try Dictionary(
      uniqueKeysWithValues: [
        "notes", "notes.old", "plots/a", "plots/a.old", "plots/b", "images/deep/c", "images/talk.png",
      ]
      .map { ($0, try String(contentsOf: folder["run/\($0)"], encoding: .utf8)) })
    let (kept, moved) = isCommitted ? ("new", "old") : ("old", "new")
    #expect(
      texts == [
        "notes": kept, "notes.old": moved, "plots/a": kept, "plots/a.old": moved, "plots/b": "old",
        "images/deep/c": "old",
        "images/talk.png": "new",
      ])
    #expect(folder.names == ["run"])
  }

  @Test func anOldRunCanComeBack() throws {
    let old = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    try Data("x".utf8).write(to: old.metricsFile)
    try Data("x".utf8).write(to: old.url.appending(path: "notes.txt"))
    var configuration = RunConfiguration()
    configuration.width = 16
    do {
      let replacement = try RunReplacement(of: old.url, locked: RunLock(old.url)) {
        try RunFolder.createLocked(at: $0, configuration).lock
      }
      #expect(try old.configuration().width == 16 && access(old.metricsFile.path, F_OK) != 0)
      try replacement.restore()
    }
    #expect(try old.configuration().width == 64 && folder.names == ["run"])
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: old.url.path).sorted()
        == ["checkpoints", "config.json", "images", "metrics.jsonl", "notes.txt"])
  }

  private func recover(_ run: RunFolder, report: (String) -> Void = { _ in }) throws {
    _ = try RunReplacement.recover(run.url, locked: RunLock(run.url), report: report)
  }

  /// Whether it was killed before the folders changed places, or after it.
  @Test func whatAKilledReplacementLeftIsRemoved() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    try Data("mine".utf8).write(to: run.url.appending(path: "notes.txt"))
    var replacement: RunReplacement? = try RunReplacement(of: run.url, locked: RunLock(run.url)) {
      try RunFolder.createLocked(at: $0, RunConfiguration()).lock
    }
    #expect(folder.names.count == 2 && access(run.url.appending(path: "notes.txt").path, F_OK) != 0)
    if let replacement { _ = try RunReplacement.recover(run.url, locked: replacement.lock) { _ in } }
    #expect(folder.names.count == 2, "it is still at work")
    withExtendedLifetime(replacement) {}
    replacement = nil
    let aside = try #require(folder.names.first { $0 != "run" })
    _ = try folder.write("half", to: "\(aside)/.config.json.1dw4kh.temporary")
    try recover(run)
    #expect(folder.names == ["run"])
    #expect(try String(contentsOf: run.url.appending(path: "notes.txt"), encoding: .utf8) == "mine")
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: run.url.path)).filter { $0.hasSuffix(".temporary") } == []
    )
  }

  /// Of the main model, or of the pose LSTM beside the same main model.
  @Test(arguments: [Checkpoints.Kind.model, .pose]) func whatWasToBeReplacedComesBack(_ kind: Checkpoints.Kind) throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    for kind in [Checkpoints.Kind.model, .pose] {
      try Data("old".utf8).write(to: Checkpoints(in: run, kind, keep: 1).url(step: 7))
    }
    func replace(_ makesCheckpoint: Bool) throws {
      _ = try RunReplacement(of: run.url, locked: RunLock(run.url)) {
        let (new, lock) = try RunFolder.createLocked(at: $0, RunConfiguration())
        if kind == .pose { try Data("old".utf8).write(to: Checkpoints(in: new, .model, keep: 1).url(step: 7)) }
        if makesCheckpoint { try Data("new".utf8).write(to: Checkpoints(in: new, kind, keep: 1).url(step: 9)) }
        return lock
      }
    }
    try replace(false)
    var reports: [String] = []
    try recover(run) { reports.append($0) }
    #expect(reports.count == 1 && reports[0].contains("run: ") && folder.names == ["run"])
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path))
        == ["step-00000007.safetensors", "pose-00000007.safetensors"])
    try replace(true)
    try recover(run) { reports.append($0) }
    #expect(reports.count == 1 && folder.names == ["run"])
    #expect(try Checkpoints(in: run, kind, keep: 1).list().map(\.step) == [9])
  }

  @Test func aLinkIsNotTakenForARemnant() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    try FileManager.default.createDirectory(at: folder["other"], withIntermediateDirectories: false)
    _ = try folder.write("mine", to: "other/notes")
    try FileManager.default.createSymbolicLink(at: folder[".run.replaced-1"], withDestinationURL: folder["other"])
    try recover(run)
    #expect(try String(contentsOf: folder["other/notes"], encoding: .utf8) == "mine")
  }

  @Test func oneProcessTrainsInAFolder() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    var lock: RunLock? = try RunLock(run.url)
    let host = ProcessInfo.processInfo.hostName
    let told =
      "\(run.url.path): process \(getpid()) on \(host) trains in this folder; wait until it ends, or choose another"
    #expect(message { _ = try RunLock(run.url) } == told)
    #expect(message { _ = try RunFolder.create(at: run.url, RunConfiguration(), force: true) } == told)
    unlink(run.url.appending(path: ".lock").path)
    #expect(message { _ = try RunLock(run.url) }.contains(": another process trains in this folder"))
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try RunLock(run.url)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.url.path).sorted() == [
        "checkpoints", "config.json", "images",
      ])
    // A link in place of the file is not followed.
    let file = run.url.appending(path: ".lock")
    try FileManager.default.createSymbolicLink(at: file, withDestinationURL: folder["elsewhere"])
    #expect(message { _ = try RunLock(run.url) }.hasPrefix(file.path))
    #expect(folder.names == ["run"])
  }

  @Test func settingsThatCannotBeUsedChangeNothing() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    try Data("x".utf8).write(to: run.metricsFile)
    var configuration = RunConfiguration()
    configuration.width = 0
    for name in ["run", "other"] {
      let error = message { _ = try RunFolder.create(at: folder[name], configuration, force: true) }
      #expect(error == "--width 0: expected a whole number from 1 to 4096")
    }
    #expect(folder.names == ["run"])
    #expect(access(run.metricsFile.path, F_OK) == 0)
  }

  @Test func foldersOfOtherThingsAreLeftAlone() throws {
    _ = try folder.write("x", to: "images")
    for force in [false, true] {
      let error = message { _ = try RunFolder.create(at: folder.url, RunConfiguration(), force: force) }
      #expect(error.hasSuffix(": this folder holds other files and no run; choose another --out"))
    }
    #expect(folder.names == ["images"])
    #expect(
      message { try RunFolder.requireCreatable(at: folder["images"], force: true) }
        .hasSuffix("images: this is a file; choose another --out"))
    #expect(
      message { try RunFolder.requireCreatable(at: folder["images/run"], force: true) }
        .contains("a part of the path is a file"))
  }

  @Test func anEmptyFolderMayBecomeARun() throws {
    try FileManager.default.createDirectory(at: folder["run"], withIntermediateDirectories: false)
    try RunFolder.requireCreatable(at: folder["run"], force: false)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["run"].path).isEmpty)
    _ = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
  }

  /// Folders cannot be created in /sys, not even by root.
  @Test func aFolderThatRefusesFoldersIsNamed() {
    let error = message {
      _ = try RunFolder.create(at: URL(fileURLWithPath: "/sys/deep/run"), RunConfiguration(), force: false)
    }
    #expect(error.hasPrefix("/sys/deep"))
    #expect(error.contains("permission denied") || error.contains("read-only"))
  }

  @Test func whatIsNoRunIsTold() throws {
    #expect(message { _ = try RunFolder.open(folder["none"]) }.contains("no such file or folder"))
    #expect(message { _ = try RunFolder.open(folder.url) }.contains("holds no run (no config.json)"))
  }

  @Test func aDamagedConfigurationIsTold() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    // Without the line of the checksum, as someone who edits the file is told.
    let whole = try String(contentsOf: run.configurationFile, encoding: .utf8)
      .replacing(#/  "checksum" : "[0-9a-f]{8}",\n/#, with: "")
    let colon = try #require(whole.firstRange(of: "\"width\" ")).upperBound.utf16Offset(in: whole)
    let width = "\"width\" : 64"
    let pose = String(decoding: try JSONEncoder().encode(PoseConfiguration()), as: UTF8.self)
    func see(_ what: String, _ command: String = "train") -> String {
      "this is no configuration of a run: \(what); see its flag in drnet \(command) --help"
    }
    var faults = [
      (width, "\"height\" : 64", "this is no configuration of a run: 'width' is missing"),
      (width, "\"width\" : 0", "--width 0: expected a whole number from 1 to 4096"),
      (width, "\"width\" 64", "this is not JSON: expected ':' after a key at byte \(colon)"),
      ("embedded", "norb", "--data norb: expected embedded, fashion, mnist, moving-mnist, frames, clips"),
      (
        width, "\(width), \"pose\" : {\"weights\" : \"gone\"}", see("'pose.weights' cannot be \"gone\"", "train-pose")
      ),
    ]
    faults += [
      (width, "\"width\" : 1e999", "this is no configuration of a run: a number is out of range or not whole"),
      (
        width, "\(width), \"pose\" : \(pose.replacing("\"steps\":5000", with: "\"steps\":0.5"))",
        see("'pose.steps' cannot be 0.5", "train-pose")
      ),
    ]
    for value in ["64.5", "1e30", "\"64\"", "null", "true"] {
      faults.append((width, "\"width\" : \(value)", see("'width' cannot be \(value)")))
    }
    for (name, value) in [("adversary", "\"x\""), ("precision", "\"half\"")] {
      faults.append((width, "\(width), \"\(name)\" : \(value)", see("'\(name)' cannot be \(value)")))
    }
    for (old, new, expected) in faults {
      try Data(whole.replacing(old, with: new).utf8).write(to: run.configurationFile)
      #expect(message { _ = try run.configuration() } == "\(run.configurationFile.path): \(expected)")
    }
  }

  @Test func aPoseLSTMIsNotOverwrittenUnasked() throws {
    let run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
    let model = Checkpoints(in: run, .model, keep: 1)
    let pose = Checkpoints(in: run, .pose, keep: 1)
    try run.createPose(PoseConfiguration(), force: false)
    try model.save(SafetensorsFile().content, step: 1)
    try pose.save(SafetensorsFile().content, step: 1)
    try Data("x".utf8).write(to: run.poseMetricsFile)
    #expect(
      message { try run.createPose(PoseConfiguration(), force: false) }.contains("was trained already; continue with"))
    var settings = PoseConfiguration()
    settings.rnnSize = 32
    try run.createPose(settings, force: true)
    #expect(try run.configuration().pose == settings)
    #expect(try pose.list().isEmpty)
    #expect(try model.list().count == 1)
    #expect(access(run.poseMetricsFile.path, F_OK) != 0)
  }
}

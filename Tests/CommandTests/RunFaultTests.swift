import Foundation
import Testing

@Suite struct RunFaultTests {
  @Test func aRunIsNotOverwritten() throws {
    let workspace = try TinyRun.copy()
    try workspace.expectFailure(
      ["train", "--out", "run"] + TinyRun.settings + TinyRun.cpu, says: ["run", "--resume", "--force"])
    try Data("mine".utf8).write(to: workspace["notes"])
    try workspace.expectFailure(["train", "--out", "notes"] + TinyRun.cpu, says: ["notes", "--out"])
    try workspace.expectFailure(["train", "--out", "."] + TinyRun.cpu, says: ["--out"])
  }

  /// Resuming changes no setting of a run.
  @Test(arguments: [
    ["--data", "mnist"], ["--width", "8"], ["--batch-size", "8"], ["--learning-rate", "1"], ["--seed", "2"],
    ["--no-cosine"], ["--log-every", "1"], ["--force"],
  ])
  func aResumedRunKeepsItsOwnSettings(_ flags: [String]) throws {
    let workspace = try TinyRun.copy()
    try workspace.expectFailure(
      ["train", "--resume", "run"] + flags + TinyRun.cpu, status: 2,
      says: [flags[0].replacing("no-", with: ""), "--resume"])
  }

  @Test func aFolderThatIsNoRunIsOneLine() throws {
    let workspace = try Workspace()
    try FileManager.default.createDirectory(at: workspace["empty"], withIntermediateDirectories: true)
    for command in [["train", "--resume"], ["train-pose"], ["evaluate"], ["swap"], ["generate"]] {
      try workspace.expectFailure(command + ["gone"] + TinyRun.cpu, says: ["gone", "no such file or folder"])
      try workspace.expectFailure(command + ["empty"] + TinyRun.cpu, says: ["empty", "config.json"])
    }
    try workspace.expectFailure(["report", "gone"], says: ["gone", "no such file or folder"])
  }

  @Test func aRunWithoutPoseLSTMNamesTheCommand() throws {
    let workspace = try TinyRun.copy()
    try workspace.expectFailure(["generate", "run"] + TinyRun.cpu, says: ["drnet train-pose run"])
    try workspace.expectFailure(["train-pose", "run", "--resume"] + TinyRun.cpu, says: ["--resume"])
  }

  @Test func aPoseLSTMBelongsToTheStepThatItWasTrainedOn() throws {
    let workspace = try TinyRun.predictingCopy()
    try workspace.succeed(["train", "--resume", "run", "--steps", "22"] + TinyRun.cpu)
    let parts = ["step 20", "step 22", "drnet train-pose run --force"]
    try workspace.expectFailure(["generate", "run"] + TinyRun.cpu, says: parts)
    try workspace.expectFailure(["train-pose", "run", "--resume", "--steps", "40"] + TinyRun.cpu, says: parts)
    let counts = ["--held-out-clips", "4", "--training-clips", "20"]
    let outcome = try workspace.run(["evaluate", "run"] + counts + TinyRun.cpu)
    #expect(outcome.status == 0 && parts.allSatisfy(outcome.results.last!.contains), "\(outcome.results)")
    try workspace.succeed(["train-pose", "run", "--force"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.succeed(["generate", "run"] + TinyRun.cpu)
  }

  @Test func aPoseLSTMIsNotOverwritten() throws {
    let workspace = try TinyRun.copy()
    try workspace.succeed(["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu)
    try workspace.expectFailure(
      ["train-pose", "run"] + TinyRun.poseSettings + TinyRun.cpu, says: ["--resume", "--force"])
  }

  @Test func anInvalidConfigurationIsOneLine() throws {
    let workspace = try TinyRun.copy()
    let url = workspace["run/config.json"]
    let text = try String(contentsOf: url, encoding: .utf8)
    for (changed, part) in [
      ("{", "not JSON"), ("{}", "'"), (TinyRun.edited(text, "\"width\" : 4", to: "\"width\" : 0"), "--width 0"),
      (TinyRun.edited(text, "\"width\" : 4", to: "\"width\" : 8"), "shape"),
      (text.replacing("\"width\" : 4", with: "\"width\" : 8"), "checksum"),
    ] {
      try Data(changed.utf8).write(to: url)
      try workspace.expectFailure(["train", "--resume", "run", "--steps", "30"] + TinyRun.cpu, says: [part])
    }
  }

  /// The remains of a process that was killed while it created the run do not prevent a new start.
  @Test func theRestOfAKilledStartIsNoRun() throws {
    let workspace = try Workspace()
    for name in ["checkpoints", "images"] {
      try FileManager.default.createDirectory(at: workspace["run/\(name)"], withIntermediateDirectories: true)
    }
    try Data("{".utf8).write(to: workspace["run/.config.json.1.temporary"])
    try workspace.succeed(["train", "--out", "run"] + TinyRun.settings + TinyRun.cpu)
    #expect(!FileManager.default.fileExists(atPath: workspace["run/.config.json.1.temporary"].path))
  }
}

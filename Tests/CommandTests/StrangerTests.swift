import Files
import Foundation
import Testing

/// Run folders of other people: nothing in them decides where drnet writes, what reaches the terminal, or how it ends.
@Suite struct StrangerTests {
  /// Moves a part of the run elsewhere, and leaves a link to it.
  private func link(_ name: String, in workspace: Workspace) throws -> URL {
    let elsewhere = workspace["elsewhere"]
    if FileManager.default.fileExists(atPath: workspace["run/\(name)"].path) {
      try FileManager.default.moveItem(at: workspace["run/\(name)"], to: elsewhere)
    } else {
      try Data().write(to: elsewhere)
    }
    try FileManager.default.createSymbolicLink(at: workspace["run/\(name)"], withDestinationURL: elsewhere)
    return elsewhere
  }

  @Test(arguments: ["metrics.jsonl", "checkpoints", "images"])
  func trainingDoesNotWriteThroughALink(_ name: String) throws {
    let workspace = try TinyRun.copy()
    let elsewhere = try link(name, in: workspace)
    let before = try workspace.snapshot().filter { $0.key.hasPrefix("elsewhere") }
    // The log of a link is made anew if rows are dropped, so that none are.
    try workspace.expectFailure(
      ["train", "--resume", "run", "--steps", "22"] + TinyRun.cpu, says: ["run/\(name)", "a link"])
    #expect(try workspace.snapshot().filter { $0.key.hasPrefix("elsewhere") } == before)
    #expect(FileManager.default.fileExists(atPath: elsewhere.path))
  }

  @Test(arguments: [["swap", "run"], ["report", "run"]])
  func picturesAreNotWrittenThroughALink(_ command: [String]) throws {
    let workspace = try TinyRun.copy()
    _ = try link("images", in: workspace)
    let arguments = command + (command[0] == "swap" ? TinyRun.cpu : [])
    try workspace.expectFailure(arguments, says: ["run/images", "a link"])
    #expect(try workspace.snapshot().keys.filter { $0.hasPrefix("elsewhere") } == ["elsewhere"])
  }

  /// As git and some backups leave them.
  @Test func missingFoldersAreMadeAgain() throws {
    let workspace = try TinyRun.copy()
    try FileManager.default.removeItem(at: workspace["run/images"])
    try workspace.succeed(["swap", "run"] + TinyRun.cpu)
    try FileManager.default.removeItem(at: workspace["run/checkpoints"])
    try workspace.succeed(["train", "--resume", "run"] + TinyRun.cpu)
  }

  @Test func theDeviceIsRecordedAndAnotherOneTold() throws {
    let workspace = try TinyRun.copy()
    let url = workspace["run/config.json"]
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.contains("\"device\" : \"CPU backend (OpenBLAS)\""))
    try Data(TinyRun.edited(text, "CPU backend (OpenBLAS)", to: "Abacus").utf8).write(to: url)
    func messages(_ steps: String) throws -> String {
      try workspace.run(["train", "--resume", "run", "--steps", steps] + TinyRun.cpu).messages.joined(separator: "\n")
    }
    #expect(try messages("22").contains("trained on Abacus so far"))
    #expect(try !messages("23").contains("so far"))
  }

  @Test func noCommandReachesTheTerminal() throws {
    let workspace = try TinyRun.copy()
    let escape = "\u{1B}]0;owned\u{7}\u{9B}31m\u{202E}"
    let url = workspace["run/config.json"]
    let text = try String(contentsOf: url, encoding: .utf8)
    try Data(TinyRun.edited(text, "\"embedded\"", to: "\"\\u001b]0;owned\\u0007\"").utf8).write(to: url)
    for arguments in [
      ["swap", "run"], ["train", "--data", escape, "--out", "x"], ["train", "--data-root", escape, "--out", "x"],
      ["swap", escape], ["prepare", "videos", "--from", escape, "--out", "x.clips"], [escape],
      ["train", "--\(escape)"],
    ] {
      let outcome = try workspace.run(arguments)
      #expect(outcome.status != 0)
      #expect(
        !outcome.messages.joined().unicodeScalars.contains {
          $0.properties.generalCategory == .control || $0.properties.isBidiControl
        }, "\(arguments)")
    }
  }

  @Test(arguments: [
    "{\"psnr\": [], \"predicted\": 3}", "{\"psnr\": [1, 2], \"predicted\": 3}", "{\"psnr\": [1], \"predicted\": -1}",
    "{\"psnr\": [1, 2, 3], \"predicted\": 9223372036854775807}",
  ])
  func aForeignEvaluationIsOneLine(_ prediction: String) throws {
    let workspace = try TinyRun.copy()
    var fields = try #require(
      try JSONSerialization.jsonObject(with: Data(prediction.utf8)) as? [String: Any])
    for name in ["ssim", "copyPSNR", "copySSIM"] { fields[name] = [1, 2, 3] }
    for name in ["observed", "clips", "bestOf"] { fields[name] = 1 }
    let evaluation: [String: Any] = [
      "reconstructionPSNR": 20, "heldOutClips": 1, "seed": 1, "step": 1, "frames": 1, "prediction": fields,
    ]
    try JSONSerialization.data(withJSONObject: evaluation).write(to: workspace["run/evaluation.json"])
    try workspace.expectFailure(["report", "run"], says: ["run/evaluation.json", "this is no evaluation"])
  }
}

import Foundation
import Testing

@Suite struct ProfileTests {
  private static let step =
    ["--network", "pose-lstm"] + BenchTests.sizes[.poseLSTM]! + ["--warm-up", "0", "--steps", "2"] + TinyRun.cpu

  @Test func profilePrintsATableAndWritesATrace() throws {
    let workspace = try Workspace()
    let limits = ["--peak", "100", "--bandwidth", "10"]
    let outcome = try workspace.run(["profile", "--trace", "step.json"] + limits + Self.step)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.results.contains { $0.hasPrefix("linearForward ") && $0.hasSuffix("%") }, "\(outcome.results)")
    #expect(outcome.results.last == "step.json")
    let trace = try JSONSerialization.jsonObject(with: Data(contentsOf: workspace["step.json"])) as? [String: Any]
    let events = try #require(trace?["traceEvents"] as? [[String: Any]])
    #expect(events.count { $0["name"] as? String == "lstmForward" } == 2)
  }

  @Test func profileTakesTheSizesOfARun() throws {
    let workspace = try TinyRun.copy()
    let short = ["--warm-up", "0", "--steps", "1"] + TinyRun.cpu
    let outcome = try workspace.run(["profile", "run"] + short)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.results.first?.hasPrefix("dcgan/dcgan/dcgan: batch 4, width 4, content 8, pose 3") == true)
    try workspace.expectFailure(
      ["profile", "run", "--network", "pose-lstm"] + short, says: ["run", "drnet train-pose run"])
    try workspace.expectFailure(["profile", "run", "--width", "8"] + short, status: 2, says: ["--width", "run"])
    try workspace.expectFailure(["profile", "gone"] + short, says: ["gone", "no such file or folder"])
  }

  @Test(arguments: [
    (["--peak", "0"], "--peak 0"), (["--bandwidth", "-1"], "--bandwidth -1"), (["--steps", "0"], "--steps 0"),
  ])
  func aFlagOutOfRangeIsOneLine(_ flags: [String], _ part: String) throws {
    try Workspace().expectFailure(["profile"] + flags + TinyRun.cpu, status: 2, says: [part])
  }

  @Test func aTraceThatCannotBeWrittenIsOneLine() throws {
    try Workspace().expectFailure(["profile", "--trace", "gone/step.json"] + Self.step, says: ["gone/step.json"])
  }
}

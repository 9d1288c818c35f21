import Foundation
import Testing

@Suite struct UsageTests {
  /// Flags of `train` and what the error must contain.
  static let faults: [([String], [String])] = [
    (["--backend", "foo"], ["'foo'", "--backend", "opencl"]),
    (["--data", "foo"], ["'foo'", "--data", "fashion"]),
    (["--device", "no-such-device"], ["--device no-such-device"]),
    (["--device", "99"], ["--device 99"]),
    (["--backend", "cpu", "--device", "0"], ["--device 0", "--backend cpu"]),
    (["--memory-limit", "much"], ["'much'", "--memory-limit"]),
    (["--width", "0"], ["--width 0", "from 1"]),
    (["--width", "-3"], ["--width -3", "from 1"]),
    (["--width", "x"], ["'x'", "--width"]),
    (["--width"], ["--width"]),
    (["--batch-size", "1"], ["--batch-size 1", "batch norm"]),
    (["--learning-rate", "-0.1"], ["--learning-rate -0.1", "above 0"]),
    (["--learning-rate", "nan"], ["--learning-rate nan"]),
    (["--beta1", "1"], ["--beta1 1", "below 1"]),
    (["--max-step", "2"], ["--max-step 2"]),
    (["--steps", "0"], ["--steps 0"]),
    (["--steps", "5", "--frames", "5"], ["--steps", "--frames"]),
    (["--frames", "9223372036854775807"], ["--steps"]),
    (["--batch-size", "9223372036854775807", "--frames", "2"], ["--batch-size"]),
    (["--seconds", "-1"], ["--seconds -1"]),
    (["--save-every", "0"], ["--save-every 0"]),
    (["--objects", "4"], ["--objects 4"]),
    (["--data", "mnist"], ["--data mnist", "--data-root"]),
    (["--data-root", "here"], ["--data-root", "needs no files"]),
    (["--wdith", "4"], ["--wdith"]),
  ]

  @Test(arguments: faults) func aFlagOutOfRangeIsOneLine(_ flags: [String], _ parts: [String]) throws {
    try Workspace().expectFailure(["train", "--out", "run"] + flags, status: 2, says: parts)
  }

  @Test func aRunMustBeNamedOnce() throws {
    let workspace = try Workspace()
    try workspace.expectFailure(["train"], status: 2, says: ["--out", "--resume"])
    try workspace.expectFailure(["train", "--out", "a", "--resume", "b"], status: 2, says: ["--out", "--resume"])
    try workspace.expectFailure(["trian"], status: 2, says: ["trian"])
    try workspace.expectFailure(["compare", "--a", "gpu"], status: 2, says: ["'gpu'", "--a"])
    try workspace.expectFailure(["compare", "--a", "opencl:99"], status: 2, says: ["--device 99"])
  }

  static let commands = [
    "devices", "train", "train-pose", "evaluate", "classify", "judge", "swap", "generate", "report", "sweep", "encode",
    "decode",
    "compare",
    "bench",
    "profile",
  ]

  @Test(arguments: commands) func helpHasAnExample(_ command: String) throws {
    let outcome = try Workspace().run([command, "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.messages.isEmpty)
    let lines = outcome.results.drop { $0 != "Example:" }.dropFirst().prefix { !$0.hasPrefix("USAGE") }
    #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("  drnet \(command)") }, "\(lines)")
  }

  @Test func helpNamesEveryCommand() throws {
    let outcome = try Workspace().run(["--help"])
    #expect(outcome.status == 0)
    for command in Self.commands { #expect(outcome.results.contains { $0.hasPrefix("  \(command) ") }, "\(command)") }
  }
}

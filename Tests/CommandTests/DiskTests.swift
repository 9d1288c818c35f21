import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct DiskTests {
  private static let noSpace = ["no space left"]

  /// A checkpoint of TinyRun takes about 670 KiB: two fit on the disk.
  @Test func aFullDiskLeavesCheckpointsWholeAndTheRunResumesWithMoreSpace() throws {
    let workspace = try Workspace()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 1700) else { return }
    defer { withExtendedLifetime(disk) {} }
    let outcome = try workspace.run(["train", "--out", "disk/run"] + TinyRun.settings + TinyRun.cpu)
    #expect(outcome.status == 1)
    workspace.expectOneLine(outcome.messages, says: ["step-00000015"] + Self.noSpace)
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace["disk/run/checkpoints"].path).sorted()
    #expect(names == ["step-00000005.safetensors", "step-00000010.safetensors"])
    for name in names {
      #expect(try SafetensorsFile.read(workspace["disk/run/checkpoints/\(name)"]).names.count > 100)
    }

    try disk.remount("size=8m")
    try workspace.succeed(["train", "--resume", "disk/run"] + TinyRun.cpu)
    let reference = try TinyRun.finished.get().workspace
    #expect(try TinyRun.rows(workspace["disk/run/metrics.jsonl"]) == TinyRun.rows(reference["run/metrics.jsonl"]))
    let last = TinyRun.checkpoint(20)
    #expect(try Data(contentsOf: workspace["disk/\(last)"]) == Data(contentsOf: reference[last]))
  }

  /// Commands that write to `disk`, from a finished run in `run`.
  private func commands(_ workspace: Workspace) throws -> [[String]] {
    try FileManager.default.copyItem(at: workspace[TinyRun.checkpoint(20)], to: workspace["weights.safetensors"])
    try FileManager.default.createDirectory(at: workspace["frames"], withIntermediateDirectories: true)
    for index in 0..<8 {
      try PNGImage(width: 2, height: 1, channels: 1, pixels: [UInt8(index), 9])
        .write(to: workspace["frames/\(index).png"])
    }
    let weights = ["--weights", "weights.safetensors"] + TinyRun.cpu
    try workspace.succeed(["encode", "--frames", "frames", "--out", "features.safetensors"] + weights)
    return [
      ["train", "--out", "disk/new"] + TinyRun.settings + TinyRun.cpu,
      ["encode", "--frames", "frames", "--out", "disk/out.safetensors"] + weights,
      ["decode", "--features", "features.safetensors", "--out", "disk/out"] + weights,
    ]
  }

  @Test func nothingIsWrittenToAFullDisk() throws {
    let workspace = try TinyRun.copy()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 64) else { return }
    defer { withExtendedLifetime(disk) {} }
    let commands = try commands(workspace)
    try Data(count: 64 << 10).write(to: workspace["disk/filling"])
    for command in commands { try workspace.expectFailure(command, says: ["disk/"] + Self.noSpace) }
  }

  @Test func aFullDiskLeavesTheRunThatWasToBeReplacedWhole() throws {
    let workspace = try TinyRun.copy()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 3072) else { return }
    defer { withExtendedLifetime(disk) {} }
    try FileManager.default.copyItem(at: workspace["run"], to: workspace["disk/run"])
    let replace = ["train", "--out", "disk/run", "--force"] + TinyRun.settings + TinyRun.cpu
    // There is no room for the new run's configuration, or for its first checkpoint.
    for kilobytes in [0, 200] {
      let file = workspace["disk/filling"]
      try? FileManager.default.removeItem(at: file)
      let free = try #require(
        FileManager.default.attributesOfFileSystem(forPath: file.deletingLastPathComponent().path)[.systemFreeSize]
          as? Int)
      try Data(count: free - kilobytes << 10).write(to: file)
      let before = try workspace.snapshot()
      let outcome = try workspace.run(replace)
      #expect(outcome.status == 1 && outcome.messages.contains { $0.contains("no space left") }, "\(outcome.messages)")
      #expect(try workspace.snapshot() == before)
    }
  }

  @Test func nothingIsWrittenToAReadOnlyDisk() throws {
    let workspace = try TinyRun.copy()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 8192) else { return }
    defer { withExtendedLifetime(disk) {} }
    try FileManager.default.copyItem(at: workspace["run"], to: workspace["disk/run"])
    var commands = try commands(workspace)
    commands.append(["train", "--resume", "disk/run", "--steps", "25"] + TinyRun.cpu)
    commands.append(["train", "--out", "disk/run", "--force"] + TinyRun.settings + TinyRun.cpu)
    commands.append(["train-pose", "disk/run"] + TinyRun.poseSettings + TinyRun.cpu)
    commands.append(["report", "disk/run"])
    try disk.remount("ro")
    for command in commands { try workspace.expectFailure(command, says: ["disk/", "read-only"]) }
  }

  /// The limit on file sizes (`ulimit -f`) is handled like a full disk.
  @Test func aLimitOnFileSizesIsOneLine() throws {
    let workspace = try Workspace()
    let arguments = ["train", "--out", "run"] + TinyRun.settings + TinyRun.cpu
    let outcome = try workspace.run(
      ["-c", "ulimit -f 100; exec \"$0\" \"$@\"", Workspace.command.path] + arguments, program: URL(filePath: "/bin/sh")
    )
    #expect(outcome.status == 1)
    workspace.expectOneLine(outcome.messages, says: ["ulimit -f"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace["run/checkpoints"].path).isEmpty)
  }
}

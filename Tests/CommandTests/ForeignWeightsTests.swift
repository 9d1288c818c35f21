import DRNetGPU
import Foundation
import Testing

/// Weights without a run: `generate --weights`, and trainings that begin with them.
@Suite struct ForeignWeightsTests {
  private let frames = ["--frames", "3", "--n-past", "2"]

  private func clip(in workspace: Workspace) throws {
    try FileManager.default.createDirectory(at: workspace["clip"], withIntermediateDirectories: true)
    for index in 0..<3 {
      let pixels = (0..<64 * 64 * 3).map { UInt8(($0 + 700 * index) % 251) }
      try PNGImage(width: 64, height: 64, channels: 3, pixels: pixels).write(to: workspace["clip/\(index).png"])
    }
  }

  @Test func filesGenerateWhatTheirRunGenerates() throws {
    let workspace = try TinyRun.predictingCopy()
    try clip(in: workspace)
    let command = ["generate", "--from", "clip"] + frames + TinyRun.cpu
    try workspace.succeed(command + ["run", "--out", "ofRun"])
    try workspace.succeed(
      command + [
        "--weights", TinyRun.checkpoint(20), "--pose-weights", TinyRun.checkpoint(30, "pose"), "--out", "ofFiles",
      ])
    let (ofRun, ofFiles) = (try pictures(workspace["ofRun"]), try pictures(workspace["ofFiles"]))
    #expect(ofRun.count == 5 && ofRun == ofFiles)
    try workspace.expectFailure(
      command + ["--weights", TinyRun.checkpoint(20), "--out", "x"], says: ["step-00000020", "lstm.embed.weight"])
    try workspace.expectFailure(
      ["generate", "--weights", TinyRun.checkpoint(20)] + TinyRun.cpu, status: 2, says: ["--from"])
    try workspace.expectFailure(
      command + ["run", "--pose-weights", "x", "--out", "x"], status: 2, says: ["--pose-weights"])
  }

  private func pictures(_ folder: URL) throws -> [Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      try Data(contentsOf: folder.appending(path: $0))
    }
  }

  @Test func aTrainingBeginsWithThem() throws {
    let workspace = try TinyRun.copy()
    let schedule = ["--data", "embedded", "--batch-size", "4", "--steps", "1", "--learning-rate", "1e-9"] + TinyRun.cpu
    let weights = TinyRun.checkpoint(20)
    try workspace.succeed(["train", "--init", weights, "--out", "next"] + schedule)
    let configuration = try RunFolder.open(workspace["next"]).configuration()
    #expect(configuration.width == 4 && configuration.contentDim == 8 && configuration.poseDim == 3)
    #expect(configuration.`init` == weights)
    let (old, new) = (
      try SafetensorsFile.read(workspace[weights]),
      try SafetensorsFile.read(workspace[TinyRun.checkpoint(1, of: "next")])
    )
    for name in ["netEC.main.0.main.0.weight", "netD.main.0.weight", "netC.main.0.weight"] {
      let pairs = zip(try old.tensor(name).values, try new.tensor(name).values)
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
    }
    // Resumed with the file gone, and refused if a flag asks for another size.
    try FileManager.default.moveItem(at: workspace[weights], to: workspace["moved.safetensors"])
    try workspace.succeed(["train", "--resume", "next", "--steps", "2"] + TinyRun.cpu)
    try workspace.expectFailure(
      ["train", "--init", "moved.safetensors", "--width", "8", "--out", "x"] + schedule,
      status: 2, says: ["--width 8", "the weights of --init have 4"])
    try workspace.expectFailure(
      ["train", "--init", "gone.safetensors", "--out", "x"] + schedule, says: ["gone.safetensors"])
  }
}

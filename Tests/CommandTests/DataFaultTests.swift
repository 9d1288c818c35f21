import DRNetGPU
import Foundation
import Testing

@Suite struct DataFaultTests {
  private func train(_ flags: [String]) -> [String] {
    ["train", "--out", "run", "--backend", "cpu", "--width", "4", "--batch-size", "4", "--max-step", "3"] + flags
  }

  @Test func missingDataNamesThePackageAndTheFlag() throws {
    let advice = ["dataset-fashion-mnist", "--data-root"]
    let workspace = try Workspace()
    try workspace.expectFailure(train(["--data", "fashion", "--data-root", "gone"]), says: ["gone"] + advice)
    try FileManager.default.createDirectory(at: workspace["empty"], withIntermediateDirectories: true)
    try workspace.expectFailure(
      train(["--data", "fashion", "--data-root", "empty"]), says: ["empty", "train-images-idx3-ubyte"] + advice)
  }

  static let idx: [(Data, String)] = [
    (Data([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 28, 0, 0, 0, 28]) + Data(count: 100), "truncated"),
    (Data([0, 0, 8, 3, 0, 0]), "truncated"),
    (Data(), "not an IDX file"),
    (Data("just some text".utf8), "not an IDX file"),
    (Data([0, 0, 13, 3]) + Data(count: 100), "unsigned bytes"),
    (Data([0, 0, 8, 1, 0, 0, 0, 1, 7]), "expected 3"),
    (Data([0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12)) + Data(count: 100), "make no sense"),
    (Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2]), "gzip"),
  ]

  @Test(arguments: idx) func anInvalidIDXFileIsOneLine(_ bytes: Data, _ part: String) throws {
    let workspace = try Workspace()
    try bytes.write(to: workspace["images-idx3-ubyte"])
    try workspace.expectFailure(
      train(["--data", "mnist", "--data-root", "images-idx3-ubyte"]), says: ["images-idx3-ubyte", part])
  }

  /// Opening a pipe would wait for a writer.
  @Test func pipesAreRefused() throws {
    let workspace = try frames()
    let pipes = ["images", "images.gz", "clips/b/0.png", "kth/00sequences.txt", "settings.yaml", "weights"]
    try FileManager.default.removeItem(at: workspace["clips/b/0.png"])
    try FileManager.default.createDirectory(at: workspace["kth"], withIntermediateDirectories: true)
    for pipe in pipes { mkfifo(workspace[pipe].path, 0o600) }
    for pipe in ["images", "images.gz"] {
      try workspace.expectFailure(train(["--data", "mnist", "--data-root", pipe]), says: [pipe, "pipe"])
    }
    try workspace.expectFailure(train(["--data", "frames", "--data-root", "clips"]), says: ["clips/b/0.png", "pipe"])
    try workspace.expectFailure(train(["--data", "clips", "--data-root", "weights"]), says: ["weights", "pipe"])
    try workspace.expectFailure(train(["--config", "settings.yaml"]), says: ["settings.yaml", "pipe"])
    try workspace.expectFailure(
      ["prepare", "kth", "--from", "kth", "--out", "kth.clips"], says: ["00sequences.txt", "pipe"])
  }

  /// A workspace with clips of four grey frames each in `clips`.
  private func frames() throws -> Workspace {
    let workspace = try Workspace()
    for clip in ["a", "b"] {
      let folder = workspace["clips/\(clip)"]
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for index in 0..<4 {
        let pixels = (0..<64 * 64).map { UInt8(truncatingIfNeeded: $0 * (index + 1)) }
        try PNGImage(width: 64, height: 64, channels: 1, pixels: pixels).write(
          to: folder.appending(path: "\(index).png"))
      }
    }
    return workspace
  }

  static let png: [(String, String)] = [
    ("cut", "truncated PNG"), ("header", "truncated PNG"), ("empty", "not a PNG"), ("text", "not a PNG"),
    ("flipped", "damaged PNG"),
  ]

  @Test(arguments: png) func aDamagedFrameIsOneLine(_ damage: String, _ part: String) throws {
    let workspace = try frames()
    try FileManager.default.copyItem(
      at: TinyRun.finished.get().workspace[TinyRun.checkpoint(20)], to: workspace["weights.safetensors"])
    // Every frame of one clip is damaged, so that the first one drawn is damaged, too.
    for index in 0..<4 {
      let url = workspace["clips/a/\(index).png"]
      var bytes = try Data(contentsOf: url)
      switch damage {
      case "cut": bytes.removeLast(20)
      case "header": bytes = bytes.prefix(20)
      case "empty": bytes = Data()
      case "text": bytes = Data("just some text".utf8)
      default: bytes[bytes.count / 2] ^= 0xFF
      }
      try bytes.write(to: url)
    }
    try workspace.expectFailure(train(["--data", "frames", "--data-root", "clips"]), says: ["clips/a/", part])
    try workspace.expectFailure(
      [
        "encode", "--backend", "cpu", "--weights", "weights.safetensors", "--frames", "clips/a", "--out",
        "out.safetensors",
      ],
      says: ["clips/a/0.png", part])
  }

  @Test func foldersWithoutFramesAreOneLine() throws {
    let workspace = try frames()
    try workspace.expectFailure(train(["--data", "frames"]), status: 2, says: ["--data frames", "--data-root"])
    try workspace.expectFailure(train(["--data", "frames", "--data-root", "gone"]), says: ["gone", "no such file"])
    try workspace.expectFailure(train(["--data", "frames", "--data-root", "clips/a"]), says: ["clips/a", "folder"])
    try workspace.expectFailure(
      train(["--data", "frames", "--data-root", "clips", "--max-step", "9"]), says: ["clips/a", "--max-step"])
  }
}

import DRNetGPU
import Foundation
import Testing

@Suite struct SettingsFileTests {
  private func workspace(_ settings: String) throws -> Workspace {
    let workspace = try Workspace()
    try Data(settings.utf8).write(to: workspace["settings.yaml"])
    return workspace
  }

  private let train = ["train", "--config", "settings.yaml", "--out", "run"]

  @Test func flagsOverrideTheFileAndTheFileItsPreset() throws {
    let workspace = try workspace(
      """
      # A comment.
      preset: demo
      data: embedded
      width: 2
      content-dim: 4
      pose-dim: 2
      batch-size: 4
      max-step: 5
      cosine: false
      learning-rate: 1e-3
      frames: 7
      pose:
        rnn-size: 4
        n-past: 2
        n-future: 2
        cosine: no
        steps: 2
      """)
    try workspace.succeed(train + ["--batch-size", "2", "--pose-dim", "3"] + TinyRun.cpu)
    try workspace.succeed(
      ["train-pose", "run", "--config", "settings.yaml", "--n-past", "3", "--save-every", "1"] + TinyRun.cpu)
    let used = try RunFolder.open(workspace["run"]).configuration()
    var expected = RunConfiguration()
    Preset.demo.apply(to: &expected)
    (expected.data, expected.width, expected.contentDim, expected.poseDim) = ("embedded", 2, 4, 3)
    (expected.batchSize, expected.maxStep, expected.cosine, expected.learningRate) = (2, 5, false, 0.001)
    // 7 frames in batches of 2; the preset's warm-up takes all of its steps.
    (expected.steps, expected.alphaWarmUp) = (4, 4)
    (expected.channels, expected.device) = (used.channels, used.device)
    var pose = PoseConfiguration()
    Preset.demo.apply(to: &pose, after: expected)
    (pose.rnnSize, pose.nPast, pose.nFuture, pose.cosine) = (4, 3, 2, false)
    (pose.steps, pose.saveEvery, pose.batchSize, pose.weights, pose.modelStep) = (2, 1, 2, .average, 4)
    pose.device = used.device
    expected.pose = pose
    #expect(used == expected)
  }

  @Test func aPresetFlagReplacesTheFilesPreset() throws {
    let workspace = try workspace("preset: kth128\nwidth: 2\nsteps: 3\ncontent-encoder: dcgan")
    // The width is still the file's.
    try workspace.succeed(
      train + ["--preset", "demo", "--data", "embedded", "--batch-size", "2", "--frames", "2"] + TinyRun.cpu)
    let used = try RunFolder.open(workspace["run"]).configuration()
    #expect(used.preset == .demo && used.width == 2 && used.imageSize == 64 && used.steps == 1)
  }

  /// The output of `drnet presets` is a settings file that gives the same settings as the preset.
  @Test(arguments: Preset.allCases) func aPrintedPresetIsAFileOfSettings(preset: Preset) throws {
    let workspace = try Workspace()
    let printed = try workspace.run(["presets", preset.rawValue]).results.joined(separator: "\n")
    try Data(printed.utf8).write(to: workspace["settings.yaml"])
    let small = [
      "--data", "embedded", "--width", "2", "--batch-size", "2", "--image-size", "64", "--content-encoder", "dcgan",
      "--pose-encoder", "dcgan", "--decoder", "dcgan", "--scene", "clip", "--steps", "1",
    ]
    try workspace.succeed(train + small + TinyRun.cpu)
    try workspace.succeed(["train", "--preset", preset.rawValue, "--out", "other"] + small + TinyRun.cpu)
    let used = try ["run", "other"].map { try RunFolder.open(workspace[$0]).configuration() }
    #expect(used[0].preset == preset)
    // The file gives the warm-up as a number, which no longer follows the steps.
    var same = used[1]
    same.alphaWarmUp = used[0].alphaWarmUp
    #expect(used[0] == same)
  }

  static let faults: [(String, [String])] = [
    ("batch_size: 4", ["line 1: batch_size", "unknown setting", "batch-size"]),
    ("width: 2\n\nwidht: 4", ["line 3: widht", "unknown setting"]),
    ("width: sixteen", ["line 1: width", "'sixteen'"]),
    ("width: true", ["line 1: width", "'true'"]),
    ("cosine: maybe", ["line 1: cosine"]),
    ("width: [1, 2]", ["line 1: width", "one value"]),
    ("width:", ["line 1: width", "one value"]),
    ("width: 1\nwidth: 2", ["'width'", "unique"]),
    ("preset: gone", ["line 1: preset", "'gone'", "kth128"]),
    ("help: true", ["line 1: help", "unknown setting"]),
    ("seconds: 3", ["line 1: seconds", "unknown setting"]),
    ("steps: 2\nframes: 4", ["--steps", "--frames"]),
    ("steps: 0", ["line 1: steps", "from 1"]),
    ("beta: -1", ["line 1: --beta -1.0", "from 0 to"]),
    ("pose: 4", ["line 1: pose", "below it"]),
    ("pose:\n  width: 4", ["line 2: width", "rnn-size"]),
    ("pose:\n  n-past: few", ["line 2: n-past", "'few'"]),
    ("a: b: c", ["not YAML", "1:5"]),
    ("- 1", ["one per line"]),
    ("width: 2\n\u{0}", ["not YAML"]),
    (String(repeating: "[", count: 60_000), ["not YAML"]),
    (String(repeating: "# much to say\n", count: 6000), ["more than 65536 bytes"]),
  ]

  @Test(arguments: faults) func whatIsWrongWithAFileIsOneLine(_ text: String, _ parts: [String]) throws {
    try workspace(text).expectFailure(train, says: ["settings.yaml: "] + parts)
  }

  @Test func aFileThatCannotBeReadIsOneLine() throws {
    let workspace = try workspace("")
    try Data([0x77, 0xFF, 0xFE]).write(to: workspace["settings.yaml"])
    try workspace.expectFailure(train, says: ["settings.yaml", "UTF-8"])
    try workspace.expectFailure(
      ["train", "--config", "gone.yaml", "--out", "run"], says: ["gone.yaml", "no such file"])
    try workspace.expectFailure(["train", "--config", ".", "--out", "run"], says: ["this is a folder"])
    try workspace.expectFailure(
      ["train", "--config", "settings.yaml", "--resume", "run"], status: 2, says: ["--config", "--resume"])
  }

  @Test func aResumedPoseLSTMKeepsItsOwnSettings() throws {
    let workspace = try TinyRun.predictingCopy()
    try Data("pose:\n  beta1: 2".utf8).write(to: workspace["settings.yaml"])
    let resume = ["train-pose", "run", "--resume"]
    try workspace.expectFailure(resume + ["--config", "settings.yaml"], status: 2, says: ["--config", "--resume"])
    try workspace.expectFailure(resume + ["--rnn-size", "4"], status: 2, says: ["--rnn-size", "--resume"])
    try workspace.expectFailure(
      ["train-pose", "run", "--config", "settings.yaml", "--force"] + TinyRun.cpu,
      says: ["settings.yaml: ", "--beta1 2.0", "below 1"])
  }
}

import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct PresetCommandTests {
  /// Writes small data in the format of the preset's data set, prepared if needed; returns the flags that name them.
  private func data(of preset: Preset, in workspace: Workspace) throws -> [String] {
    func folder(_ name: String) throws -> URL {
      try FileManager.default.createDirectory(at: workspace[name], withIntermediateDirectories: true)
      return workspace[name]
    }
    func prepared(_ arguments: [String]) throws -> [String] {
      try workspace.succeed(["prepare"] + arguments + ["--out", "data.clips"])
      return ["--data-root", "data.clips"]
    }
    switch preset {
    case .mnist, .fashion, .demo, .movingMNIST:
      let root = try folder("idx")
      for (part, count) in [("train", 4), ("t10k", 2)] {
        // Two zero bytes, the type (unsigned bytes), the number of dimensions, and each extent in 32 bits.
        let images = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 28, 0, 0, 0, 28]
        let pixels = (0..<count * 784).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try Data(images + pixels).write(to: root.appending(path: "\(part)-images-idx3-ubyte"))
        let labels = [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<count).map { UInt8($0) }
        try Data(labels).write(to: root.appending(path: "\(part)-labels-idx1-ubyte"))
      }
      return ["--data-root", "idx"]
    case .norb:
      try NORBFiles.write(
        training: NORBFiles.turns([(2, 4, 0, 5), (0, 9, 1, 0)]), heldOut: NORBFiles.turns([(4, 0, 0, 0)]),
        gzipped: false, to: folder("norb"))
      return try prepared(["norb", "--from", "norb"])
    case .suncg:
      for object in ["a", "b"] {
        let root = try folder("chairs/\(object)/elevation_0.50")
        for view in 1...36 {
          let pixels = (0..<3 * 256).map { UInt8(truncatingIfNeeded: $0 + 7 * view) }
          try PNGImage(width: 16, height: 16, channels: 3, pixels: pixels).write(
            to: root.appending(path: "p200-64_\(view).png"))
        }
      }
      return try prepared(["suncg", "--from", "chairs"])
    case .chairs:
      try workspace.drawChairs(["a", "b", "c", "d"])
      try Data("object,kind,split\na,chair,training\nb,stool,training\nc,stool,heldOut\nd,chair,heldOut\n".utf8).write(
        to: workspace["labels.csv"])
      return try prepared(["suncg", "--from", "chairs", "--labels", "labels.csv"])
    case .sprites, .actors:
      try workspace.drawPeople(frames: preset == .sprites ? 8 : 72)
      return try prepared(["videos", "--from", "people", "--labels", "people/labels.csv"])
    case .kth, .kth128:
      for person in ["01", "22"] {
        try VideoFixture.write(
          folder("kth/boxing").appending(path: "person\(person)_boxing_d1_uncomp.avi"), frames: 20,
          "testsrc=size=160x120", codec: ["-codec:v", "ffv1"])
      }
      try Data("person01_boxing_d1 frames 1-9, 10-20\nperson22_boxing_d1 frames 1-12\n".utf8).write(
        to: workspace["kth/00sequences.txt"])
      return try prepared(["kth", "--from", "kth", "--size", preset == .kth ? "64" : "128"])
    }
  }

  /// Presets of material whose classes are known.
  private static let ofExperiments: [Preset] = [.sprites, .chairs, .actors]
  /// Presets whose data ffmpeg decodes.
  private static let ofVideos: [Preset] = [.kth, .kth128]

  @Test(arguments: Preset.allCases.filter { !ofVideos.contains($0) })
  func everyPresetRuns(preset: Preset) throws { try runs(preset) }

  @Test(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH"), arguments: ofVideos)
  func everyPresetOfVideosRuns(preset: Preset) throws { try runs(preset) }

  /// Trains, resumes, predicts and evaluates a small model on small data of the right format.
  private func runs(_ preset: Preset) throws {
    let workspace = try Workspace()
    let small = ["--width", "2", "--content-dim", "4", "--pose-dim", "2", "--batch-size", "2", "--max-step", "5"]
    try workspace.succeed(
      ["train", "--preset", preset.rawValue] + data(of: preset, in: workspace) + small
        + ["--steps", "2", "--out", "run"] + TinyRun.cpu)
    try workspace.succeed(["train", "--resume", "run", "--steps", "3"] + TinyRun.cpu)
    try workspace.succeed(
      ["train-pose", "run", "--rnn-size", "4", "--n-past", "2", "--n-future", "2", "--batch-size", "2", "--steps", "2"]
        + TinyRun.cpu)
    try workspace.succeed(["generate", "run", "--frames", "3", "--clips", "2"] + TinyRun.cpu)
    try workspace.succeed(
      ["evaluate", "run", "--training-clips", "8", "--held-out-clips", "4", "--prediction-clips", "2"] + TinyRun.cpu)
    if Self.ofExperiments.contains(preset) {
      let few = ["--frames", "4"] + TinyRun.cpu
      try workspace.succeed(["classify", "run", "--label-counts", "2", "--draws", "2"] + few)
      try workspace.succeed(["judge", "run", "--clips", "4", "--repeats", "2"] + few)
      try workspace.succeed(["swap", "run"] + TinyRun.cpu)
    }
    let run = try RunFolder.open(workspace["run"])
    let configuration = try run.configuration()
    #expect(configuration.preset == preset && configuration.width == 2 && configuration.steps == 3)
    var expected = RunConfiguration()
    preset.apply(to: &expected)
    #expect(configuration.decoder == expected.decoder && configuration.contentEncoder == expected.contentEncoder)
    #expect(configuration.poseEncoder == expected.poseEncoder && configuration.averageDecay == expected.averageDecay)
    // A warm-up over the whole training follows its length.
    #expect(configuration.alphaWarmUp == expected.alphaWarmUp.map { _ in 2 })
    #expect(configuration.pose?.rnnLayers == 2 && configuration.pose?.beta1 == 0.9)
    #expect(FileManager.default.fileExists(atPath: run.evaluationFile.path))
  }

  @Test func presetsAreListedWithTheirSources() throws {
    let workspace = try Workspace()
    let all = try workspace.run(["presets"])
    #expect(all.status == 0 && all.results.map { $0.prefix { $0 != " " } } == Preset.allCases.map { $0.rawValue[...] })
    let one = try workspace.run(["presets", "kth128"])
    #expect(one.results.count { $0.contains("image-size") } == 1)
    #expect(one.results.contains { $0.hasPrefix("image-size: 128 ") && $0.contains("lua README.md") })
    #expect(one.results.contains { $0.hasPrefix("decoder: vgg-unet ") })
    try workspace.expectFailure(["presets", "gone"], status: 2, says: ["gone", "kth128"])
    try workspace.expectFailure(["train", "--preset", "gone", "--out", "run"], status: 2, says: ["--preset", "gone"])
    try workspace.expectFailure(
      ["train", "--preset", "kth", "--out", "run"], status: 2, says: ["--data clips", "drnet prepare", "--data-root"])
  }
}

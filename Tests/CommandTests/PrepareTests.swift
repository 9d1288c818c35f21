import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct PrepareTests {
  /// A workspace with the chairs `objects` in `chairs`.
  private func chairs(_ objects: [String]) throws -> Workspace {
    let workspace = try Workspace()
    try workspace.drawChairs(objects)
    return workspace
  }

  private let suncg = ["prepare", "suncg", "--from", "chairs", "--out", "chairs.clips"]

  private func train(_ file: String, _ flags: [String] = []) -> [String] {
    [
      "train", "--data", "clips", "--data-root", file, "--out", "run", "--backend", "cpu", "--width", "2",
      "--batch-size", "2", "--content-dim", "2", "--pose-dim", "2", "--steps", "2", "--max-step", "5",
    ] + flags
  }

  @Test func chairsBecomeClipsToTrainOn() throws {
    let workspace = try chairs(["a", "b", "c"])
    try FileManager.default.removeItem(at: workspace["chairs/b/elevation_0.50/p200-64_7.png"])
    let outcome = try workspace.run(suncg)
    #expect(outcome.status == 0 && outcome.results == ["chairs.clips: 2 clips, 1 skipped"])
    #expect(outcome.messages.count == 1)
    #expect(try #require(outcome.messages.first).hasSuffix("35 of 36 views: p200-64_7.png is missing"))
    #expect(try #require(outcome.messages.first).hasPrefix("drnet: skipped: b/elevation_0.50: "))
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)) == ["chairs", "chairs.clips"])
    try workspace.succeed(train("chairs.clips"))
    try workspace.succeed(
      ["evaluate", "run", "--backend", "cpu", "--training-clips", "20", "--held-out-clips", "4"])
    try workspace.succeed(["swap", "run", "--backend", "cpu", "--rows", "2", "--columns", "2"])
  }

  @Test func anInterruptedPreparationResumes() throws {
    let workspace = try chairs(["a", "b", "c"])
    try workspace.succeed(suncg)
    let whole = try Data(contentsOf: workspace["chairs.clips"])
    // A killed preparation leaves, for example, one and a half clips.
    try FileManager.default.removeItem(at: workspace["chairs.clips"])
    try whole.prefix(whole.count / 2).write(to: workspace["chairs.clips.partial"])
    let outcome = try workspace.run(suncg)
    #expect(outcome.status == 0 && outcome.messages == ["drnet: resuming after clip 1"])
    #expect(try Data(contentsOf: workspace["chairs.clips"]) == whole)
    try workspace.expectFailure(suncg, says: ["chairs.clips", "--force"])
    try workspace.succeed(suncg + ["--force", "--size", "128"])
    #expect(try Data(contentsOf: workspace["chairs.clips"]).count > 3 * whole.count)
    try workspace.expectFailure(train("chairs.clips"), says: ["chairs.clips", "--image-size 128"])
  }

  @Test(arguments: [false, true]) func smallNORBBecomesClipsToTrainOn(gzipped: Bool) throws {
    let workspace = try Workspace()
    try FileManager.default.createDirectory(at: workspace["norb"], withIntermediateDirectories: true)
    var training = NORBFiles.turns([(2, 4, 0, 5), (2, 4, 1, 0), (0, 9, 1, 0)])
    training[training.firstIndex { $0.category == 0 && $0.azimuth == 6 }!].azimuth = 8
    try NORBFiles.write(
      training: training, heldOut: NORBFiles.turns([(4, 0, 0, 0)]), gzipped: gzipped, to: workspace["norb"])
    let prepare = ["prepare", "norb", "--from", "norb", "--out", "norb.clips"]
    let outcome = try workspace.run(prepare)
    #expect(outcome.status == 0 && outcome.results == ["norb.clips: 6 clips, 2 skipped"])
    #expect(
      outcome.messages
        == ["left", "right"].map {
          "drnet: skipped: animal-9-elevation-1-lighting-0-\($0): 0 images of azimuth 60 degrees, expected one"
        })
    let left = try workspace.run(prepare + ["--cameras", "left", "--force"])
    #expect(left.status == 0 && left.results == ["norb.clips: 3 clips, 1 skipped"])
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)) == ["norb", "norb.clips"])
    try workspace.succeed(train("norb.clips", ["--max-step", "17"]))
    try workspace.succeed(
      ["evaluate", "run", "--backend", "cpu", "--training-clips", "20", "--held-out-clips", "4"])
  }

  @Test func ownVideosBecomeClipsToTrainOn() throws {
    let workspace = try Workspace()
    for clip in 0..<3 {
      let folder = workspace["walks/clip\(clip)"]
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for frame in 0..<8 {
        let pixels = (0..<24 * 16).map { UInt8(truncatingIfNeeded: 40 * clip + 9 * frame + $0) }
        try PNGImage(width: 24, height: 16, channels: 1, pixels: pixels).write(
          to: folder.appending(path: "\(frame).png"))
      }
    }
    try Data("no video".utf8).write(to: workspace["walks/broken.mp4"])
    let prepare = ["prepare", "videos", "--from", "walks", "--out", "walks.clips", "--grey", "--crop"]
    let outcome = try workspace.run(prepare)
    #expect(outcome.status == 0 && outcome.results == ["walks.clips: 3 clips, 1 skipped"])
    #expect(outcome.messages.count == 1 && outcome.messages[0].hasPrefix("drnet: skipped: broken.mp4: "))
    try workspace.succeed(train("walks.clips"))
    try workspace.succeed(["evaluate", "run", "--backend", "cpu", "--training-clips", "8", "--held-out-clips", "4"])
    try workspace.expectFailure(prepare + ["--box", "1:2:3"], status: 2, says: ["--box"])
    try workspace.expectFailure(prepare + ["--box", "8:8:0:0"], status: 2, says: ["--crop", "--box"])
    try workspace.expectFailure(prepare + ["--frame-rate", "0"], status: 2, says: ["--frame-rate 0"])
    try workspace.expectFailure(prepare + ["--held-out", "100"], status: 2, says: ["--held-out 100"])
    try workspace.expectFailure(prepare + ["--clip-frames", "3"], status: 2, says: ["--clip-frames 3", "from 4"])
    let one = ["prepare", "videos", "--from", "walks/clip0", "--out", "one.clips"]
    try workspace.expectFailure(one, says: ["walks/clip0", "only video", "--clip-frames"])
    let pieces = try workspace.run(one + ["--clip-frames", "4"])
    #expect(pieces.status == 0 && pieces.results == ["one.clips: 2 clips, 0 skipped"])
    try workspace.expectFailure(
      ["prepare", "kth", "--from", "walks", "--out", "kth.clips"], says: ["walks", "no videos of KTH"])
  }

  @Test func whatCannotBePreparedIsOneLine() throws {
    let workspace = try chairs(["a", "b"])
    try workspace.expectFailure(suncg + ["--size", "96"], status: 2, says: ["--size 96"])
    try workspace.expectFailure(
      ["prepare", "suncg", "--from", "gone", "--out", "x.clips"], says: ["gone", "no such file"])
    try workspace.expectFailure(
      ["prepare", "norb", "--from", "chairs", "--out", "x.clips"], says: ["chairs", "training-dat.mat"])
    try workspace.expectFailure(
      ["prepare", "suncg", "--from", "chairs", "--out", "gone/x.clips"], says: ["gone/x.clips", "cannot write"])
    try workspace.expectFailure(train("chairs"), says: ["chairs", "not a file"])
    try workspace.expectFailure(train("chairs/a/elevation_0.50/p200-64_1.png"), says: ["not a file of prepared clips"])
    try workspace.expectFailure(["train", "--data", "clips", "--out", "run"], status: 2, says: ["--data clips"])
  }
}

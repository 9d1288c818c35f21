import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct PredictionFileTests {
  /// Shows moments of one clip, each frame of one level.
  private func play(_ levels: [UInt8]) -> (PredictionFile.Show) throws -> Void {
    { show in
      for level in levels {
        try show([[PNGImage(width: 2, height: 2, channels: 1, pixels: [UInt8](repeating: level, count: 4))]])
      }
    }
  }

  @Test(arguments: [
    ("a", PredictionFile.Format.frames), ("a/", .frames), ("a.d/", .frames), ("a.png", .strip), ("a.PNG", .strip),
    ("a.apng", .animation), ("a.gif", .video(.gif)), ("b/a.mp4", .video(.mp4)),
  ]) func theSuffixSaysWhatIsWritten(_ name: String, _ format: PredictionFile.Format) throws {
    #expect(try PredictionFile.Format(URL(filePath: name)) == format)
  }

  @Test func anotherSuffixIsOneLine() {
    let line = message { _ = try PredictionFile.Format(URL(filePath: "walk.avi")) }
    #expect(line.hasPrefix("--out walk.avi: expected a name that ends in .png"))
  }

  @Test func aFolderHoldsObservedAndPredictedFrames() throws {
    let folder = try ScratchFolder()
    try PredictionFile(folder["ahead"], force: false).write(observed: 2, count: 5, play([0, 1, 2, 3, 4]))
    #expect(folder.names == ["ahead"])
    let files = try FrameFolders.frames(in: folder["ahead"])
    #expect(
      files.map(\.lastPathComponent) == ["observed-00000.png", "observed-00001.png"]
        + (2..<5).map { "predicted-0000\($0).png" })
    #expect(try files.map { try PNGImage(contentsOf: $0).pixels[0] } == [0, 1, 2, 3, 4])
  }

  @Test func aFolderIsReplacedOnlyByForceAndOnlyWhatIsOurs() throws {
    let folder = try ScratchFolder()
    let url = folder["ahead"]
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    try PredictionFile(url, force: false).write(observed: 1, count: 4, play([0, 1, 2, 3]))
    try Data().write(to: url.appending(path: "notes"))
    #expect(message { _ = try PredictionFile(url, force: false) }.contains("--force"))
    try PredictionFile(url, force: true).write(observed: 2, count: 3, play([9, 8, 7]))
    #expect(folder.names == ["ahead"])
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    #expect(names == ["notes", "observed-00000.png", "observed-00001.png", "predicted-00002.png"])
    #expect(try PNGImage(contentsOf: url.appending(path: "predicted-00002.png")).pixels[0] == 7)
  }

  @Test(arguments: ["a", "a.png", "a.apng"]) func whatFailsLeavesNothing(_ name: String) throws {
    let folder = try ScratchFolder()
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try PredictionFile(folder[name], force: false).write(observed: 1, count: 2) { show in
        try play([1])(show)
        throw Stop()
      }
    }
    #expect(folder.names.isEmpty)
  }

  @Test func aStripShowsEveryStrideThMoment() throws {
    let folder = try ScratchFolder()
    var file = try PredictionFile(folder["a.png"], force: false)
    file.stride = 2
    file.scale = 3
    try file.write(observed: 1, count: 5, play([10, 20, 30, 40, 50]))
    let image = try PNGImage(contentsOf: folder["a.png"])
    #expect((image.width, image.height) == (3 * 8 + 2, 10))
    let levels: [UInt8] = [0, 1, 2].map { column in image.pixels[5 * 26 + 8 * column + 5] }
    #expect(levels == [10, 30, 50])
  }

  @Test func marginsAreLightAsLongAsTheModelObserves() throws {
    let pictures = PredictionPictures(observed: 2)
    let frame = PNGImage(width: 2, height: 2, channels: 1, pixels: [7, 7, 7, 7])
    #expect((0..<4).map { pictures.picture([[frame]], index: $0).pixels[0] } == [255, 255, 96, 96])
  }

  @Test func aStripHasTwoRowsForEachClip() {
    func frame(_ level: UInt8) -> PNGImage { PNGImage(width: 1, height: 1, channels: 1, pixels: [level]) }
    // Two moments of two clips: truth 1 and 2, then 3 and 4; prediction 11 and 12, then 13 and 14.
    let moments = [
      [[frame(1), frame(2)], [frame(11), frame(12)]], [[frame(3), frame(4)], [frame(13), frame(14)]],
    ]
    let strip = PredictionPictures(observed: 1).strip(moments)
    #expect((strip.width, strip.height) == (8, 14))
    func level(_ row: Int, _ column: Int) -> UInt8 { strip.pixels[(2 + 3 * row) * 8 + 2 + 3 * column] }
    let cells: [[UInt8]] = (0..<4).map { [level($0, 0), level($0, 1)] }
    #expect(cells == [[1, 3], [11, 13], [2, 4], [12, 14]])
  }

  @Test func moreThanIsHeldInMemoryIsOneLine() throws {
    let folder = try ScratchFolder()
    let line = message {
      try PredictionFile(folder["a.apng"], force: false).write(observed: 1, count: 100_000_000, play([1]))
    }
    #expect(line.hasPrefix("--frames 100000000: expected at most 29826161 of 6 x 6 pixels in a .apng"))
    let wide = message {
      var file = try PredictionFile(folder["a.png"], force: false)
      file.stride = 1
      try file.write(observed: 1, count: 5000, play([1]))
    }
    #expect(wide.hasPrefix("--stride 1: expected 2 or more"))
  }

  @Test func whatIsThereOrCannotBeWrittenIsOneLine() throws {
    let folder = try ScratchFolder()
    let file = try folder.write("mine", to: "a.png")
    #expect(message { _ = try PredictionFile(file, force: false) }.contains("a.png: this file exists already"))
    #expect(message { _ = try PredictionFile(folder["no/a.png"], force: false) }.contains("no such file or folder"))
    let noFolder = try folder.write("mine", to: "b")
    #expect(message { _ = try PredictionFile(noFolder, force: true) }.contains("b: this is a file, not a folder"))
    try FileManager.default.createDirectory(at: folder["c.gif"], withIntermediateDirectories: false)
    #expect(message { _ = try PredictionFile(folder["c.gif"], force: true) }.contains("this is a folder"))
  }
}

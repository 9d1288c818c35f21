import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct FrameFoldersTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  private func open(minimumFrames: Int = 4) throws -> FrameFolders {
    try FrameFolders(root: folder.url, minimumFrames: minimumFrames)
  }

  private func line(minimumFrames: Int = 4) -> String? {
    dataErrorLine { _ = try open(minimumFrames: minimumFrames) }?
      .replacingOccurrences(of: folder.url.path, with: "DIR")
  }

  @Test func namesAreOrderedAsPeopleDo() {
    let names = ["frame10", "frame2", "frame002", "Frame1", "frame2b", "frame", "9", "10", "frame1"]
    #expect(
      names.sorted(by: NaturalOrder.precedes)
        == ["9", "10", "Frame1", "frame", "frame1", "frame002", "frame2", "frame2b", "frame10"])
  }

  @Test func readsFramesInOrderFromTheRightSplit() throws {
    try folder.writeClips([12, 12, 5, 6, 7, 12, 12, 4])
    try folder.write("clip0/notes.txt", [])
    try folder.write("readme.md", [])
    let source = try open()
    #expect(source.channels == 1 && source.clipCount(.training) == 7 && source.clipCount(.heldOut) == 1)
    for (split, clips) in [(Split.training, 0...6), (.heldOut, 7...7)] {
      let batch = try source.sequences(step: 0, size: 40, length: 4, split: split, seed: 1, purpose: .poseData)
      for n in 0..<40 {
        let levels = batch.frames.map { Int($0.values[n * 4096] * 255 + 0.5) }
        #expect(clips.contains(levels[0] / 16))
        #expect(levels == (0..<4).map { levels[0] + $0 })
      }
    }
    let batch = try source.batch(step: 3, size: 16, maxStep: 3, seed: 1)
    for n in 0..<16 {
      let levels = batch.frames.map { Int($0.values[n * 4096] * 255 + 0.5) }
      #expect(Set(levels.dropFirst().map { $0 - levels[0] }) == [1, 2, 3])
    }
  }

  @Test func mixedFramesBecomeColourOfOneSize() throws {
    try folder.writeClips([4, 4], side: 16)
    let red = PNGImage(width: 8, height: 4, channels: 3, pixels: (0..<32).flatMap { _ in [200, 0, 0] as [UInt8] })
    try folder.write("clip1/frame4.PNG", red.pngData())
    let source = try open()
    #expect(source.channels == 3)
    #expect(source.summary.contains("frames of various sizes px resized to 64 x 64, colour"))
    let batch = try source.sequences(step: 0, size: 1, length: 5, split: .heldOut, seed: 1, purpose: .validation)
    #expect(batch.frames[4].shape == Shape(1, 3, 64, 64))
    #expect(batch.frames[4].values.prefix(4096).allSatisfy { $0 == 200 / 255 })
    #expect(batch.frames[4].values.dropFirst(4096).allSatisfy { $0 == 0 })
  }

  @Test func badFoldersAreNamed() throws {
    #expect(try #require(line()).hasPrefix("DIR: 0 folders of PNG frames there, expected at least 2"))
    try folder.write("frame.png", [])
    #expect(try #require(line()).hasPrefix("DIR: PNG files but no folders there"))
    try folder.writeClips([4])
    #expect(try #require(line()).hasPrefix("DIR: 1 folder of PNG frames there, expected at least 2"))
    try folder.writeClips([4, 4, 3])
    #expect(
      line() == "DIR/clip2: 3 PNG frames, but clips of 4 frames are needed: "
        + "lower --max-step (or the frames that the command asks for), or remove the folder")
    #expect(line(minimumFrames: 3) == nil)
    let source = try open(minimumFrames: 3)
    #expect(
      try #require(
        dataErrorLine {
          _ = try source.sequences(step: 0, size: 1, length: 20, split: .heldOut, seed: 1, purpose: .poseData)
        }
      ).contains("clip2: 3 PNG frames, but clips of 20 frames"))
    try folder.write("clip1/frame3.png", Data("GIF89a".utf8))
    #expect(line(minimumFrames: 3) == "DIR/clip1/frame3.png: not a PNG file")
    let missing = folder.url.appendingPathComponent("none")
    #expect(
      dataErrorLine { _ = try DataSet.frames.open(ClipRequest(root: missing, maxStep: 3)) }
        == "\(missing.path): cannot read: there is no such file or folder; check the path")
    #expect(
      try #require(dataErrorLine { _ = try DataSet.frames.open(ClipRequest(maxStep: 3)) })
        .hasPrefix("--data frames: name a folder of folders"))
  }

  @Test func aFrameThatBreaksLaterFailsInOneLine() throws {
    try folder.writeClips([4, 4])
    let file = folder.url.appendingPathComponent("clip1/frame2.png")
    let source = try open()
    try Data(contentsOf: file).dropLast(20).write(to: file)
    let message = dataErrorLine {
      _ = try source.sequences(step: 0, size: 1, length: 4, split: .heldOut, seed: 1, purpose: .validation)
    }
    #expect(try #require(message).hasPrefix("\(file.path): truncated PNG file"))
  }

  @Test func theCacheKeepsToItsLimit() throws {
    let image = PNGImage(width: 10, height: 10, channels: 1, pixels: [UInt8](repeating: 1, count: 100))
    let cache = FrameCache(limit: 250)
    var decoded = 0
    for round in 0..<2 {
      for index in 0..<4 {
        let got = try cache.image(URL(fileURLWithPath: "/\(index)")) {
          decoded += 1
          return image
        }
        #expect(got == image)
      }
      #expect(decoded == (round == 0 ? 4 : 6))
    }
    #expect(cache.bytes == 200)
  }
}

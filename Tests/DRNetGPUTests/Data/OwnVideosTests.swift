import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct OwnVideosTests {
  private func clips(_ root: URL, _ change: (inout OwnVideos.Settings) -> Void = { _ in }) throws -> CollectedClips {
    var settings = OwnVideos.Settings()
    change(&settings)
    return try CollectedClips(OwnVideos(root: root, settings: settings))
  }

  @Test func everyKindOfVideoAndFolderBecomesAClip() throws {
    let folder = try DataTestFolder()
    for name in ["a.mp4", "walks/b.avi", "walks/c.mkv", "d.gif", "%05d:-e.webm"] {
      try VideoFixture.write(folder.url.appending(path: name), frames: 7)
    }
    try folder.writeClips([3])
    try folder.write("notes.txt", "no video".utf8)
    let found = try clips(folder.url)
    #expect(
      Set(found.names) == ["a.mp4", "walks/b.avi", "walks/c.mkv", "d.gif", "%05d:-e.webm", "clip0"])
    for clip in try found.clips() {
      #expect(clip.frames.count == (clip.name == "clip0" ? 3 : 7) && clip.frames.allSatisfy { $0.count == 3 * 64 * 64 })
    }
    #expect(try OwnVideos(root: folder.url, settings: .init()).otherFiles == 1)
  }

  @Test func framesInTheFolderItselfHaveANameOfTheirOwn() throws {
    let folder = try DataTestFolder()
    try folder.writeClips([3])
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "clip0").path) {
      try FileManager.default.copyItem(
        at: folder.url.appending(path: "clip0/\(name)"), to: folder.url.appending(path: name))
    }
    #expect(try clips(folder.url).names.sorted() == [".", "clip0"])
  }

  @Test func framesAreScaledCroppedAndThinned() throws {
    let folder = try DataTestFolder()
    try VideoFixture.write(
      folder.url.appending(path: "a.mkv"), frames: 50, "color=red:size=64x32", codec: ["-codec:v", "ffv1"])
    let colour = try clips(folder.url).clip("a.mkv")
    #expect(colour.frames.count == 50)
    let (red, green) = (colour.frames[0][0], colour.frames[0][64 * 64])
    #expect(red > 240 && green < 15)
    let grey = try clips(folder.url) {
      $0.isGrey = true
      $0.frameRate = 5
      $0.crop = .box(width: 16, height: 16, x: 0, y: 0)
      $0.imageSize = 128
    }.clip("a.mkv")
    #expect(grey.frames.count == 10 && grey.frames.allSatisfy { $0.count == 128 * 128 })
    // The luma of red.
    #expect(abs(Int(grey.frames[0][0]) - 76) <= 3)
  }

  @Test func longVideosBecomeClipsThatFollowEachOther() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "long.mp4")
    try VideoFixture.write(url, frames: 1500)
    let found = try clips(folder.url) { $0.isGrey = true }
    let parts = try found.clips()
    #expect(found.names == ["long.mp4#1", "long.mp4#2"] && parts.map(\.frames.count) == [1024, 476])
    #expect(parts.allSatisfy { $0.split == nil && $0.group == "long.mp4" }, "they stay together")
    let next = try OwnClip(url).frames(from: 1023, count: 3, imageSize: 64, channels: 1).map(\.pixels)
    #expect([parts[0].frames[1023], parts[1].frames[0], parts[1].frames[1]] == next)
  }

  @Test func shortClipsOfALongVideoFollowEachOther() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "long.mp4")
    try VideoFixture.write(url, frames: 1200)
    let found = try clips(folder.url) { ($0.isGrey, $0.clipFrames) = (true, 250) }
    let parts = try (1...5).map { try found.clip("long.mp4#\($0)").frames }
    #expect(parts.map(\.count) == [250, 250, 250, 250, 200])
    let whole = try OwnClip(url).frames(from: 0, count: 1200, imageSize: 64, channels: 1).map(\.pixels)
    #expect(parts.flatMap { $0 } == whole)
  }

  /// Rates that divide the video's own, that do not, and that repeat frames.
  @Test(arguments: [nil, 10, 7.3, 40]) func clipsOfAVideoAreItsFramesInTheirOrder(rate: Double?) throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "a.mp4")
    try VideoFixture.write(url, frames: 60)
    func frames(_ clipFrames: Int?) throws -> [[UInt8]] {
      let found = try clips(folder.url) { ($0.isGrey, $0.frameRate, $0.clipFrames) = (true, rate, clipFrames) }
      return try found.clips().flatMap(\.frames)
    }
    let (whole, parts) = try (frames(nil), frames(7))
    #expect(whole.count == Int((2.4 * (rate ?? 25)).rounded()))
    // One frame left over makes no clip.
    #expect(parts == Array(whole.prefix(whole.count % 7 == 1 ? whole.count - 1 : whole.count)))
  }

  @Test func clipsOfSoManyFramesAreHeldOutOneByOne() throws {
    let folder = try DataTestFolder()
    try VideoFixture.write(folder.url.appending(path: "a.mp4"), frames: 100)
    try folder.writeClips([12])
    var settings = OwnVideos.Settings()
    (settings.clipFrames, settings.heldOutPercent) = (10, 50)
    let videos = try OwnVideos(root: folder.url, settings: settings)
    let found = try CollectedClips(videos).clips()
    #expect(found.count == 12 && found.allSatisfy { $0.group == $0.name })
    let splits = try videos.splits(of: Set(found.compactMap(\.group)))
    #expect(splits.count == 12 && Set(splits.values) == [.training, .heldOut])
    #expect(found.filter { $0.frames.count != 10 }.map(\.name) == ["clip0#2"])
    #expect(splits.keys.contains("a.mp4#10") && splits.keys.contains("clip0#1"))
  }

  @Test func aVideoThatDoesNotKnowItsLengthIsReadToItsEnd() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "piped.mkv")
    try VideoFixture.write(url, frames: 1100, codec: ["-f", "matroska", "-live", "1"])
    #expect(try clips(folder.url).clips().map(\.frames.count) == [1024, 76])
  }

  @Test func brokenVideosSayWhatIsWrongWithThem() throws {
    let folder = try DataTestFolder()
    try VideoFixture.write(folder.url.appending(path: "whole.mp4"), frames: 5)
    try VideoFixture.write(folder.url.appending(path: "long.mp4"), frames: 200)
    try VideoFixture.write(folder.url.appending(path: "one.mkv"), frames: 1)
    try VideoFixture.write(
      folder.url.appending(path: "tiny.mkv"), frames: 5, "testsrc=size=4x4", codec: ["-c:v", "ffv1"])
    let whole = try Data(contentsOf: folder.url.appending(path: "long.mp4"))
    try folder.write("cut.mp4", whole.prefix(whole.count / 2))
    try folder.write("text.mp4", "no video".utf8)
    try folder.write("empty.avi", [])
    try folder.write("picture/0.png", "no picture".utf8)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "loop"), withDestinationURL: folder.url)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "gone.mp4"), withDestinationURL: folder.url.appending(path: "nowhere"))
    let found = try clips(folder.url)
    #expect(Set(found.names.filter { found.problem($0) == nil }) == ["whole.mp4", "long.mp4"])
    #expect(found.problem("cut.mp4")?.contains("ffprobe says") == true)
    #expect(found.problem("text.mp4")?.contains("ffprobe says") == true)
    #expect(found.problem("empty.avi")?.contains("ffprobe says") == true)
    #expect(found.problem("one.mkv")?.contains("1 frame, expected at least 2") == true)
    #expect(found.problem("tiny.mkv")?.contains("frames of 4 x 4 px, expected 8 to 8192 per side") == true)
    #expect(found.problem("picture")?.contains("0.png") == true)
    #expect(found.problem("gone.mp4")?.contains("no such file") == true)
    #expect(found.names.compactMap(found.problem).allSatisfy(isOneLine))
  }

  @Test func aFolderWithoutClipsIsAnError() throws {
    let folder = try DataTestFolder()
    try folder.write("notes.txt", "no video".utf8)
    #expect(
      dataErrorLine { _ = try OwnVideos(root: folder.url, settings: .init()) }?.contains("no video files") == true)
    let gone = folder.url.appending(path: "gone")
    #expect(dataErrorLine { _ = try OwnVideos(root: gone, settings: .init()) }?.contains("no such file") == true)
  }

  @Test func whichVideosAreHeldOutFollowsFromTheirNames() {
    let names = Set((0..<400).map { "walk-\($0).mp4" })
    let heldOut = OwnVideos.heldOut(names, percent: 15)
    #expect((30...90).contains(heldOut.count))
    let others = names.union((0..<100).map { "run-\($0).mp4" })
    #expect(OwnVideos.heldOut(others, percent: 15).intersection(names) == heldOut)
    // CRC-32 of "a.mp4" and "b.mp4" both lie beyond 15 %: the nearer is held out.
    #expect(OwnVideos.heldOut(["a.mp4", "b.mp4"], percent: 0.001).count == 1)
    #expect(OwnVideos.heldOut(["a.mp4", "b.mp4"], percent: 99.999).count == 1)
    #expect(OwnVideos.heldOut(["a.mp4"], percent: 50).isEmpty)
  }
}

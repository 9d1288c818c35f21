import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct OwnVideosTests {
  private func clips(
    _ root: URL, _ change: (inout OwnVideos.Settings) -> Void = { _ in }
  ) throws -> [String: Result<PreparedClip, FileError>] {
    var settings = OwnVideos.Settings()
    change(&settings)
    let videos = try OwnVideos(root: root, settings: settings)
    var clips: [String: Result<PreparedClip, FileError>] = [:]
    try videos.readClips { clips[videos.name(at: $0)] = $1 }
    return clips
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
      Set(found.keys) == ["a.mp4", "walks/b.avi", "walks/c.mkv", "d.gif", "%05d:-e.webm", "clip0"])
    for (name, clip) in found {
      let clip = try clip.get()
      #expect(clip.frames.count == (name == "clip0" ? 3 : 7) && clip.frames.allSatisfy { $0.count == 3 * 64 * 64 })
    }
    #expect(try OwnVideos(root: folder.url, settings: .init()).otherFiles == 1)
  }

  @Test func framesAreScaledCroppedAndThinned() throws {
    let folder = try DataTestFolder()
    try VideoFixture.write(
      folder.url.appending(path: "a.mkv"), frames: 50, "color=red:size=64x32", codec: ["-codec:v", "ffv1"])
    let colour = try #require(try clips(folder.url)["a.mkv"]).get()
    #expect(colour.frames.count == 50)
    let (red, green) = (colour.frames[0][0], colour.frames[0][64 * 64])
    #expect(red > 240 && green < 15)
    let grey = try #require(
      try clips(folder.url) {
        $0.isGrey = true
        $0.frameRate = 5
        $0.crop = .box(width: 16, height: 16, x: 0, y: 0)
        $0.imageSize = 128
      }["a.mkv"]
    ).get()
    #expect(grey.frames.count == 10 && grey.frames.allSatisfy { $0.count == 128 * 128 })
    // The luma of red.
    #expect(abs(Int(grey.frames[0][0]) - 76) <= 3)
  }

  @Test func longVideosBecomeClipsThatFollowEachOther() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "long.mp4")
    try VideoFixture.write(url, frames: 1500)
    let found = try clips(folder.url) { $0.isGrey = true }
    let parts = try ["long.mp4#1", "long.mp4#2"].map { try #require(found[$0]).get() }
    #expect(found.count == 2 && parts.map(\.frames.count) == [1024, 476])
    // The only video there is, and its clips stay together.
    #expect(parts.allSatisfy { $0.split == .training })
    // Seeking finds the frame that follows.
    let whole = try ScaledVideo(url).frames(1023..<1026, as: .init(imageSize: 64, channels: 1)).map(\.pixels)
    #expect([parts[0].frames[1023], parts[1].frames[0], parts[1].frames[1]] == whole)
  }

  /// 1,000 frames are decoded at a time here.
  @Test func shortClipsOfALongVideoFollowEachOther() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "long.mp4")
    try VideoFixture.write(url, frames: 1200)
    let found = try clips(folder.url) { ($0.isGrey, $0.clipFrames) = (true, 250) }
    let parts = try (1...5).map { try #require(found["long.mp4#\($0)"]).get().frames }
    #expect(parts.map(\.count) == [250, 250, 250, 250, 200])
    let whole = try ScaledVideo(url).frames(0..<1200, as: .init(imageSize: 64, channels: 1)).map(\.pixels)
    #expect(parts.flatMap { $0 } == whole)
  }

  /// Rates that divide the video's own, that do not, and that repeat frames.
  @Test(arguments: [nil, 10, 7.3, 40]) func clipsOfAVideoAreItsFramesInTheirOrder(rate: Double?) throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "a.mp4")
    try VideoFixture.write(url, frames: 60)
    func frames(_ clipFrames: Int?) throws -> [[UInt8]] {
      let found = try clips(folder.url) { ($0.isGrey, $0.frameRate, $0.clipFrames) = (true, rate, clipFrames) }
      return try found.sorted { NaturalOrder.precedes($0.key, $1.key) }.flatMap { try $0.value.get().frames }
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
    let found = try clips(folder.url) { ($0.clipFrames, $0.heldOutPercent) = (10, 50) }
    let splits = try found.mapValues { try $0.get().split }
    #expect(splits.count == 12 && Set(splits.values) == [.training, .heldOut])
    #expect(try found.filter { try $0.value.get().frames.count != 10 }.map(\.key) == ["clip0#2"])
    #expect(splits.keys.contains("a.mp4#10") && splits.keys.contains("clip0#1"))
  }

  @Test func aVideoThatDoesNotKnowItsLengthIsReadToItsEnd() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "piped.mkv")
    try VideoFixture.write(url, frames: 1100, codec: ["-f", "matroska", "-live", "1"])
    #expect(try ScaledVideo(url).timing().duration == 44)
    #expect(try clips(folder.url).values.map { try $0.get().frames.count }.sorted() == [76, 1024])
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
    func problem(_ name: String) -> String? {
      guard case .failure(let error)? = found[name] else { return nil }
      return error.description
    }
    #expect(Set(found.keys.filter { problem($0) == nil }) == ["whole.mp4", "long.mp4"])
    #expect(problem("cut.mp4")?.contains("ffprobe says") == true)
    #expect(problem("text.mp4")?.contains("ffprobe says") == true)
    #expect(problem("empty.avi")?.contains("ffprobe says") == true)
    #expect(problem("one.mkv")?.contains("1 frame, expected at least 2") == true)
    #expect(problem("tiny.mkv")?.contains("frames of 4 x 4 px, expected 8 to 8192 per side") == true)
    #expect(problem("picture")?.contains("0.png") == true)
    #expect(problem("gone.mp4")?.contains("No such file") == true)
    #expect(found.values.allSatisfy { if case .failure(let e) = $0 { !e.description.contains("\n") } else { true } })
  }

  /// A header that says so much would make a list of clips that fills the memory.
  @Test func aVideoThatLastsForWeeksIsBroken() throws {
    let folder = try DataTestFolder()
    let url = folder.url.appending(path: "a.mkv")
    try VideoFixture.write(url, frames: 3, codec: ["-codec:v", "ffv1"])
    var bytes = Array(try Data(contentsOf: url))
    // The element Duration: its name 0x4489, 8 bytes of it, a big-endian double in milliseconds.
    let start = try #require((0..<bytes.count - 11).first { bytes[$0...].starts(with: [0x44, 0x89, 0x88]) })
    for (place, byte) in withUnsafeBytes(of: (4e9).bitPattern.bigEndian, Array.init).enumerated() {
      bytes[start + 3 + place] = byte
    }
    try Data(bytes).write(to: url)
    guard case .failure(let error)? = try clips(folder.url)["a.mkv"] else {
      Issue.record("46 days of video")
      return
    }
    #expect(error.description.contains("lasts 4000000.0 s, which is more than 10000000 frames"))
  }

  @Test func aFolderWithoutClipsIsAnError() throws {
    let folder = try DataTestFolder()
    try folder.write("notes.txt", "no video".utf8)
    #expect(
      dataErrorLine { _ = try OwnVideos(root: folder.url, settings: .init()) }?.contains("no video files") == true)
    let gone = folder.url.appending(path: "gone")
    #expect(dataErrorLine { _ = try OwnVideos(root: gone, settings: .init()) }?.contains("No such file") == true)
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

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

/// Video files as cameras, recorders and editors write them. Frames show their numbers, so that one that is lost, doubled
/// or out of order is seen.
@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct VideoFilesTests {
  let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private func collected(_ change: (inout OwnVideos.Settings) -> Void = { _ in }) throws -> CollectedClips {
    var settings = OwnVideos.Settings()
    settings.isGrey = true
    change(&settings)
    return try CollectedClips(OwnVideos(root: folder.url, settings: settings))
  }

  private func numbers(_ change: (inout OwnVideos.Settings) -> Void = { _ in }) throws -> [[Int]] {
    try collected(change).clips().map { $0.frames.map(VideoFixture.number) }
  }

  private let h264 = ["-codec:v", "libx264", "-pix_fmt", "yuv420p"]

  /// Sound in frames of 21 ms begins before the video, and Matroska and FLV round times to 1 ms: at 24 frames per second
  /// many frames lie half a period off.
  @Test(arguments: ["24", "24000/1001"], ["mkv", "flv", "mp4", "mov", "ts"])
  func framesBesideSoundAreReadOnceInOrder(rate: String, ending: String) throws {
    try VideoFixture.writeNumbered(
      folder["a.\(ending)"], 0..<120, rate: rate, inputs: ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=5"],
      h264 + ["-codec:a", "aac", "-shortest"])
    #expect(try numbers() == [Array(0..<120)])
    #expect(try numbers { $0.frameRate = rate == "24" ? 24 : 24000 / 1001 } == [Array(0..<120)])
  }

  /// Open groups of pictures, streams whose times are guessed, and GIF, in clips of 1,024 frames: decoders complain about
  /// some of these, and nothing is missing.
  @Test(arguments: ["mp4", "ts", "mpg", "vob", "gif"]) func longVideosAreReadOnceInOrder(ending: String) throws {
    let codec =
      switch ending {
      case "mp4", "ts": h264 + ["-x264-params", "open-gop=1:keyint=50:bframes=3"]
      case "gif": [String]()
      default: ["-codec:v", "mpeg2video", "-bf", "2", "-g", "15", "-qscale:v", "3"]
      }
    try VideoFixture.writeNumbered(folder["a.\(ending)"], 0..<2300, codec)
    #expect(try numbers() == [Array(0..<1024), Array(1024..<2048), Array(2048..<2300)])
    #expect(try numbers { $0.clipFrames = 1000 } == [Array(0..<1000), Array(1000..<2000), Array(2000..<2300)])
  }

  /// `cat a.ts a.ts`, as recorders join their parts.
  @Test(arguments: ["ts", "vob"]) func timesThatBeginAgainLoseNothing(ending: String) throws {
    try VideoFixture.writeNumbered(
      folder["part.\(ending)"], 0..<100, ending == "ts" ? h264 : ["-codec:v", "mpeg2video"])
    let part = try Data(contentsOf: folder["part.\(ending)"])
    try (part + part).write(to: folder["part.\(ending)"])
    #expect(try numbers() == [Array(0..<100) + Array(0..<100)])
    // Half as many a second: one of every two, whichever.
    let thinned = try numbers { $0.frameRate = 12.5 }[0]
    #expect(thinned.count == 100 && zip(thinned, thinned.dropFirst()).count { $1 - $0 == 2 } >= 97)
  }

  /// `cat a.ogv a.ogv`: the decoder of Theora begins again only if it has one thread.
  @Test func aSecondRecordingInTheSameOggFileIsRead() throws {
    try VideoFixture.writeNumbered(folder["a.ogv"], 0..<50, ["-codec:v", "libtheora", "-qscale:v", "8"])
    let part = try Data(contentsOf: folder["a.ogv"])
    try (part + part).write(to: folder["a.ogv"])
    #expect(try numbers() == [Array(0..<50) + Array(0..<50)])
  }

  /// As cameras in browsers do when the connection becomes better.
  @Test func framesOfAnotherSizeOnTheWayAreScaled() throws {
    try VideoFixture.writeNumbered(folder["a.webm"], 0..<50, ["-codec:v", "libvpx", "-b:v", "1M"])
    try VideoFixture.writeNumbered(
      folder["b.webm"], 50..<100, ["-codec:v", "libvpx", "-b:v", "1M", "-filter:v", "scale=128:96:flags=neighbor"])
    let list = try folder.write("file a.webm\nfile b.webm\n", to: "list.txt")
    let both = folder["c.webm"]
    try VideoFixture.run(["-f", "concat", "-i", list.path, "-codec", "copy", both.path])
    for name in ["a.webm", "b.webm"] { try FileManager.default.removeItem(at: folder[name]) }
    #expect(try numbers() == [Array(0..<100)])
    #expect(try numbers { $0.frameRate = 25 } == [Array(0..<100)])
    let later = try OwnClip(both).frames(from: 60, count: 8, imageSize: 64, channels: 1)
    #expect(later.map { VideoFixture.number($0.pixels) } == Array(60..<68))
  }

  /// Theora tells no average rate; a recording may begin at the time of day.
  @Test func ratesAndStartsThatFilesTellBadlyDoNotMatter() throws {
    try VideoFixture.writeNumbered(folder["a.ogv"], 0..<60, ["-codec:v", "libtheora", "-qscale:v", "8"])
    try VideoFixture.writeNumbered(folder["b.mkv"], 0..<60, h264 + ["-output_ts_offset", "3600"])
    try VideoFixture.writeNumbered(folder["c.mkv"], 0..<60, h264 + ["-output_ts_offset", "1700000000"])
    #expect(try numbers() == [[Int]](repeating: Array(0..<60), count: 3))
    #expect(try numbers { $0.frameRate = 25 } == [[Int]](repeating: Array(0..<60), count: 3))
  }

  /// Frame 29 is shown for 45 seconds.
  @Test func aStillIsOneFrameUnlessARateIsAskedFor() throws {
    try VideoFixture.writeNumbered(
      folder["a.mkv"], 0..<60,
      ["-filter:v", "settb=1/1000,setpts='N*40+if(gte(N,30),45000,0)'", "-vsync", "passthrough"]
        + ["-enc_time_base", "1/1000"] + h264)
    #expect(try numbers() == [Array(0..<60)])
    let even = try numbers { $0.frameRate = 25 }
    #expect(
      even.flatMap { $0 } == Array(0..<29) + [Int](repeating: 29, count: 45 * 25 + 1) + Array(30..<60)
        && even.map(\.count) == [1024, 161])
  }

  /// A player shows the cover of a recording; it is no frame.
  @Test func aCoverPictureIsNotTheVideo() throws {
    try VideoFixture.writeNumbered(folder["a.mp4"], 0..<60, h264)
    try VideoFixture.run(["-f", "lavfi", "-i", "color=red:size=200x200", "-frames:v", "1", folder["cover.jpg"].path])
    try VideoFixture.run([
      "-i", folder["cover.jpg"].path, "-i", folder["a.mp4"].path, "-map", "0", "-map", "1", "-codec", "copy",
      "-disposition:v:0", "attached_pic", folder["b.mp4"].path,
    ])
    #expect(try numbers() == [[Int]](repeating: Array(0..<60), count: 2))
  }

  /// A transmission of which the first third is missing.
  @Test(arguments: [true, false]) func aTornBeginningLosesOnlyItsOwnFrames(isMPEG2: Bool) throws {
    let codec = isMPEG2 ? ["-codec:v", "mpeg2video", "-g", "15", "-bf", "2", "-qscale:v", "3"] : h264 + ["-g", "30"]
    try VideoFixture.writeNumbered(folder["a.ts"], 0..<200, codec)
    let whole = try Data(contentsOf: folder["a.ts"])
    try (whole.prefix(3 * 188) + whole.dropFirst(whole.count / 188 / 3 * 188)).write(to: folder["a.ts"])
    let found = try collected()
    let shown = try found.clips()[0].frames.map(VideoFixture.number)
    // From the first whole group of pictures to the end.
    #expect(shown.count >= 110 && Array(shown.suffix(110)) == Array(90..<200))
    #expect(found.remarks.allSatisfy { $0.hasPrefix("a.ts: all \(shown.count) frames were used, but ffmpeg says") })
  }

  // MARK: Files that name other files

  /// What a stranger's file names is not read, whatever its suffix.
  @Test(arguments: ["mp4", "avi", "ts"]) func playlistsAreNoVideos(ending: String) throws {
    try VideoFixture.writeNumbered(folder["private/a.ts"], 0..<20, h264)
    let lists = [
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nprivate/a.ts\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile private/a.ts\n",
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ]
    for list in lists {
      let file = try folder.write(list, to: "list.\(ending)")
      let problem = message { _ = try Video(file) }
      #expect(
        problem.contains("list.\(ending): a list of other files") || problem.contains("Invalid data found"),
        "\(list.prefix(20)): \(problem)")
    }
  }
}

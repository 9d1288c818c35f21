import Foundation
import Testing

@testable import DRNetGPU

@Suite(.enabled(if: (try? FFmpeg(for: "tests")) != nil, "no ffmpeg in PATH")) struct VideoFramesTests {
  /// Frame t is flat, of grey level 20 t: a GIF holds it as it is.
  private func write(_ count: Int, to url: URL) throws {
    try VideoWriter(.gif).write(to: url) { show in
      for time in 0..<count {
        try show(
          PNGImage(width: 20, height: 12, channels: 1, pixels: [UInt8](repeating: UInt8(20 * time), count: 20 * 12)))
      }
    }
  }

  private func levels(_ url: URL, from start: Int, count: Int) throws -> (levels: [UInt8], reason: String?) {
    var levels: [UInt8] = []
    let reason = try VideoFrames(url).read(from: start, count: count) { frame in
      #expect((frame.width, frame.height, frame.channels) == (20, 12, 3))
      levels.append(frame.pixels[0])
      #expect(Set(frame.pixels) == [frame.pixels[0]])
    }
    return (levels, reason)
  }

  @Test func framesComeFromTheStartOn() throws {
    let folder = try ScratchFolder()
    try write(8, to: folder["clip.gif"])
    #expect(try levels(folder["clip.gif"], from: 0, count: 3).levels == [0, 20, 40])
    #expect(try levels(folder["clip.gif"], from: 5, count: 2).levels == [100, 120])
    let end = try levels(folder["clip.gif"], from: 6, count: 5)
    #expect(end.levels == [120, 140] && end.reason == nil)
    #expect(try levels(folder["clip.gif"], from: 1_000_000_000, count: 1).levels.isEmpty)
  }

  @Test func framesThatLieUnevenlyInTimeAreAllReadOnce() throws {
    let folder = try ScratchFolder()
    try write(6, to: folder["clip.gif"])
    // Frame t comes at t * t tenths of a second.
    let process = Process()
    process.executableURL = try FFmpeg(for: "tests").program
    process.arguments = [
      "-loglevel", "error", "-i", folder["clip.gif"].path, "-filter:v", "setpts=N*N/(10*TB)", "-vsync", "vfr",
      "-codec:v", "ffv1", folder["uneven.mkv"].path,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(try levels(folder["uneven.mkv"], from: 1, count: 5).levels == [20, 40, 60, 80, 100])
  }

  @Test func whatIsNoVideoIsOneLine() throws {
    let folder = try ScratchFolder()
    let text = try folder.write("no video", to: "clip.mp4")
    let found = try levels(text, from: 0, count: 1)
    #expect(found.levels.isEmpty && found.reason?.contains("Invalid data") == true)
    #expect(found.reason?.contains("@ 0x") == false)
    #expect(message { _ = try VideoFrames(folder["gone.mp4"]) }.contains("gone.mp4: No such file"))
    #expect(message { _ = try VideoFrames(folder.url) }.contains("neither a folder"))
  }
}

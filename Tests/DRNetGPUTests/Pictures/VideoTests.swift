import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite(.enabled(if: (try? FFmpeg(for: "tests")) != nil, "no ffmpeg in PATH")) struct VideoTests {
  /// Frame t is flat, of grey level 20 t: a GIF holds it as it is.
  private func write(_ count: Int, to url: URL) throws {
    try VideoWriter(.gif).write(to: url) { show in
      for time in 0..<count {
        try show(
          PNGImage(width: 20, height: 12, channels: 1, pixels: [UInt8](repeating: UInt8(20 * time), count: 20 * 12)))
      }
    }
  }

  private func levels(_ url: URL, from start: Int, count: Int) throws -> [UInt8] {
    let frames = try Video(url).frames()
    try frames.skip(start)
    var levels: [UInt8] = []
    while levels.count < count, let frame = try frames.next() {
      #expect((frame.width, frame.height) == (20, 12) && Set(frame.pixels).count == 1)
      levels.append(frame.pixels[0])
    }
    return levels
  }

  @Test func framesComeFromTheStartOn() throws {
    let folder = try ScratchFolder()
    try write(8, to: folder["clip.gif"])
    #expect(try levels(folder["clip.gif"], from: 0, count: 3) == [0, 20, 40])
    #expect(try levels(folder["clip.gif"], from: 5, count: 2) == [100, 120])
    #expect(try levels(folder["clip.gif"], from: 6, count: 5) == [120, 140])
    #expect(try levels(folder["clip.gif"], from: 1_000_000_000, count: 1).isEmpty)
  }

  @Test func framesThatLieUnevenlyInTimeAreAllReadOnce() throws {
    let folder = try ScratchFolder()
    try write(6, to: folder["clip.gif"])
    // Frame t comes at t * t tenths of a second.
    try VideoFixture.run([
      "-i", folder["clip.gif"].path, "-filter:v", "setpts=N*N/(10*TB)", "-vsync", "vfr", "-codec:v", "ffv1",
      folder["uneven.mkv"].path,
    ])
    #expect(try levels(folder["uneven.mkv"], from: 1, count: 5) == [20, 40, 60, 80, 100])
  }

  @Test func whatIsNoVideoIsOneLine() throws {
    let folder = try ScratchFolder()
    let text = try folder.write("no video", to: "clip.mp4")
    let problem = message { _ = try Video(text) }
    #expect(problem.contains("clip.mp4: ffprobe says") && problem.contains("Invalid data"))
    #expect(!problem.contains("@ 0x"))
    #expect(message { _ = try Video(folder["gone.mp4"]) }.contains("gone.mp4: cannot read: there is no such file"))
    #expect(message { _ = try Video(folder.url) }.contains("neither a video file"))
    // Reading a pipe without a writer would block.
    mkfifo(folder["pipe.mp4"].path, 0o600)
    #expect(message { _ = try Video(folder["pipe.mp4"]) }.contains("pipe.mp4: neither a video file"))
  }
}

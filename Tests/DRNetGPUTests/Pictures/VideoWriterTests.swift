import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite(.enabled(if: (try? FFmpeg(for: "tests")) != nil, "no ffmpeg in PATH")) struct VideoWriterTests {
  /// Frames of blocks, which no codec blurs much: block (y, x) of frame t has the value 7 (y + 4 x) + 20 t, channels apart.
  private func frames(_ count: Int, width: Int, height: Int, channels: Int) -> [PNGImage] {
    (0..<count).map { time in
      let pixels = (0..<height).flatMap { y in
        (0..<width).flatMap { x in
          (0..<channels).map { UInt8(truncatingIfNeeded: 7 * (y / 16 + 4 * (x / 16)) + 20 * time + 60 * $0) }
        }
      }
      return PNGImage(width: width, height: height, channels: channels, pixels: pixels)
    }
  }

  /// The frames of a video as ffmpeg reads them.
  private func decode(_ url: URL, channels: Int) throws -> [UInt8] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = try FFmpeg(for: "tests").program
    process.arguments =
      ["-loglevel", "error", "-i", url.path, "-f", "rawvideo", "-pix_fmt", channels == 1 ? "gray" : "rgb24", "-"]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
  }

  @Test(arguments: VideoWriter.Format.allCases, [1, 3])
  func framesComeBack(_ format: VideoWriter.Format, _ channels: Int) throws {
    let folder = try ScratchFolder()
    let url = folder["clip.\(format.rawValue)"]
    let frames = frames(7, width: 64, height: 48, channels: channels)
    try VideoWriter(format).write(to: url) { show in for frame in frames { try show(frame) } }
    #expect(folder.names == [url.lastPathComponent])
    let found = try decode(url, channels: channels)
    let expected = frames.flatMap(\.pixels)
    try #require(found.count == expected.count)
    let differences = zip(found, expected).map { abs(Int($0) - Int($1)) }
    let mean = Double(differences.reduce(0, +)) / Double(differences.count)
    // A GIF holds every grey; 4:2:0 smears colours over the borders of blocks.
    #expect(format == .gif && channels == 1 ? differences.max() == 0 : mean < (channels == 1 ? 2 : 8), "\(mean)")
  }

  @Test func sidesOfAnMP4AreEven() throws {
    let folder = try ScratchFolder()
    let frames = frames(2, width: 33, height: 17, channels: 1)
    try VideoWriter(.mp4).write(to: folder["odd.mp4"]) { show in for frame in frames { try show(frame) } }
    #expect(try decode(folder["odd.mp4"], channels: 1).count == 2 * 34 * 18)
  }

  @Test func whatFailsLeavesNothing() throws {
    let folder = try ScratchFolder()
    let url = try folder.write("old", to: "clip.gif")
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try VideoWriter(.gif).write(to: url) { show in
        try show(frames(1, width: 16, height: 16, channels: 1)[0])
        throw Stop()
      }
    }
    // A codec's own failure: mp4 holds no frames of such a size.
    let wide = PNGImage(width: 1 << 17, height: 1, channels: 1, pixels: [UInt8](repeating: 0, count: 1 << 17))
    let line = message { try VideoWriter(.mp4).write(to: folder["clip.mp4"]) { show in try show(wide) } }
    #expect(line.contains("clip.mp4: ffmpeg cannot write this: "))
    #expect(folder.names == ["clip.gif"])
    #expect(try Data(contentsOf: url) == Data("old".utf8))
  }
}

import Foundation

@testable import DRNetGPU

/// Small videos that ffmpeg draws and encodes for the tests.
public enum VideoFixture {
  public static var isPossible: Bool { (try? FFmpeg(for: "tests")) != nil }

  /// `frames` frames of `picture`, a source of ffmpeg's with size, which gives 25 a second, encoded as the ending of `url` says.
  public static func write(_ url: URL, frames: Int, _ picture: String = "testsrc2=size=48x32", codec: [String] = [])
    throws
  {
    try run(["-f", "lavfi", "-i", picture, "-frames:v", "\(frames)"] + codec + [url.path])
  }

  /// Frames of 64 x 64 px that show their own numbers, encoded as `options` and the ending of `url` say.
  /// - Parameter inputs: options of further inputs.
  public static func writeNumbered(
    _ url: URL, _ numbers: Range<Int>, rate: String = "25", inputs: [String] = [], _ options: [String] = []
  ) throws {
    let raw = FileManager.default.temporaryDirectory.appending(path: "drnet-numbered-\(UUID().uuidString)")
    defer { unlink(raw.path) }
    try Data(numbers.flatMap(numbered)).write(to: raw)
    try run(
      ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", "\(side)x\(side)", "-framerate", rate, "-i", raw.path]
        + inputs + options + [url.path])
  }

  /// Runs ffmpeg.
  public static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = try FFmpeg(for: "tests").program
    process.arguments = ["-loglevel", "error", "-nostdin", "-y"] + arguments
    if let file = arguments.last.map({ URL(filePath: $0) }) {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try process.run()
    process.waitUntilExit()
  }

  private static let side = 64

  /// A frame of 4 x 4 blocks: bit k of the number makes block k bright.
  private static func numbered(_ number: Int) -> [UInt8] {
    (0..<side * side).map { pixel in
      let (row, column) = (pixel / side / 16, pixel % side / 16)
      return number >> (4 * row + column) & 1 == 1 ? 220 : 30
    }
  }

  /// The number that a frame of 64 x 64 px shows; only the first plane is looked at.
  public static func number(_ frame: [UInt8]) -> Int {
    (0..<16).reduce(0) { number, bit in
      let (row, column) = (bit / 4 * 16 + 8, bit % 4 * 16 + 8)
      return number | (frame[row * side + column] > 125 ? 1 << bit : 0)
    }
  }
}

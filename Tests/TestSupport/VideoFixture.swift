import Foundation

@testable import DRNetGPU

/// Small videos that ffmpeg draws and encodes for the tests.
public enum VideoFixture {
  public static var isPossible: Bool { (try? FFmpeg(for: "tests")) != nil }

  /// `frames` frames of `picture`, a source of ffmpeg's with size, which gives 25 a second, encoded as the ending of `url` says.
  public static func write(_ url: URL, frames: Int, _ picture: String = "testsrc2=size=48x32", codec: [String] = [])
    throws
  {
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = try FFmpeg(for: "tests").program
    process.arguments =
      ["-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-frames:v", "\(frames)"] + codec
      + [url.path]
    try process.run()
    process.waitUntilExit()
  }
}

import Files
import Foundation

/// Writes frames as a GIF or mp4 file through ffmpeg, frame by frame.
package struct VideoWriter {
  package enum Format: String, CaseIterable, Sendable {
    case gif
    case mp4
  }

  package let format: Format
  package let framesPerSecond: Int
  private let ffmpeg: FFmpeg

  /// - Throws: `FileError` where there is no ffmpeg.
  package init(_ format: Format, framesPerSecond: Int = 10) throws {
    ffmpeg = try FFmpeg(for: "a .\(format.rawValue) file is written by ffmpeg, .png and .apng are not")
    self.format = format
    self.framesPerSecond = framesPerSecond
  }

  /// Writes the frames that `play` shows, whole or not at all. They must share one size and number of channels.
  /// - Throws: `FileError` where the file cannot be written, and what `play` throws.
  package func write(to url: URL, _ play: (_ show: @escaping (PNGImage) throws -> Void) throws -> Void) throws {
    try AtomicFile.write(to: url) { output in
      var running: FFmpeg.Running?
      var first: PNGImage?
      do {
        try play { frame in
          if let first {
            precondition(
              (frame.width, frame.height, frame.channels) == (first.width, first.height, first.channels),
              "frames of one size")
          } else {
            running = try ffmpeg.start(arguments(for: frame, to: output.temporary), reads: true)
            first = frame
          }
          // Why it takes no more, it says at its end.
          if let running, !running.give(frame.pixels) { throw failure(url, running.finish() ?? "it ended early") }
        }
      } catch {
        running?.stop()
        throw error
      }
      guard let running else { preconditionFailure("a video needs a frame") }
      if let reason = running.finish() { throw failure(url, reason) }
    }
  }

  private func failure(_ url: URL, _ reason: String) -> FileError {
    if reason.contains("No space left") { return FileError(url, cannot: "write", errno: ENOSPC) }
    return FileError(url, "ffmpeg cannot write this: \(reason)")
  }

  private func arguments(for frame: PNGImage, to file: URL) throws -> [String] {
    let input = [
      "-f", "rawvideo", "-pixel_format", frame.channels == 1 ? "gray" : "rgb24",
      "-video_size", "\(frame.width)x\(frame.height)", "-framerate", "\(framesPerSecond)", "-i", "pipe:0",
    ]
    let encode: [String]
    switch (format, frame.channels) {
    case (.gif, 1):
      // A palette has room for all 256 greys.
      encode = ["-pix_fmt", "gray"]
    case (.gif, _):
      // The first pass finds the 256 colours that suit all frames, the second takes them.
      encode = [
        "-filter:v",
        "split[look][paint];[look]palettegen=reserve_transparent=0[palette];[paint][palette]paletteuse=dither=none",
      ]
    case (.mp4, _):
      // Players want 4:2:0, which needs even sides; the index in front lets them start before they have all.
      encode =
        ["-filter:v", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        + (try hasH264 ? ["-codec:v", "libx264", "-crf", "15"] : ["-codec:v", "mpeg4", "-qscale:v", "2"])
    }
    return input + encode + ["-f", format.rawValue, "-y", "file:\(file.path)"]
  }

  /// Not every ffmpeg is built with libx264, whose licence is stricter; MPEG-4 part 2 is its own.
  private var hasH264: Bool {
    get throws {
      let running = try ffmpeg.start(["-encoders"], reads: false)
      let list = String(decoding: running.take(1 << 20), as: UTF8.self)
      _ = running.finish()
      return list.contains("libx264")
    }
  }
}

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

  /// - Throws: `FileError` if there is no ffmpeg.
  package init(_ format: Format, framesPerSecond: Int = 10) throws {
    ffmpeg = try FFmpeg(for: "a .\(format.rawValue) file is written by ffmpeg, .png and .apng are not")
    self.format = format
    self.framesPerSecond = framesPerSecond
  }

  /// Writes the frames that `play` shows, atomically. They must have the same size and number of channels.
  /// - Throws: `FileError` if the file cannot be written, and what `play` throws.
  package func write(to url: URL, _ play: (_ show: @escaping (PNGImage) throws -> Void) throws -> Void) throws {
    try AtomicFile.write(to: url) { output in
      var running: FFmpegProcess?
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
          // If ffmpeg accepts no more, it says why when it ends.
          if let running, !running.give(frame.pixels) { throw failure(url, running.finish().reason) }
        }
      } catch {
        running?.stop()
        throw error
      }
      guard let running else { preconditionFailure("a video needs a frame") }
      // ffmpeg ends with status 0 on a full disk, so a message is a failure too.
      let ending = running.finish()
      guard ending.hasSucceeded, ending.message == nil else { throw failure(url, ending.reason) }
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
      // A palette holds all 256 grey levels.
      encode = ["-pix_fmt", "gray"]
    case (.gif, _):
      // The first pass finds the best 256 colours for all frames, the second applies them.
      encode = [
        "-filter:v",
        "split[look][paint];[look]palettegen=reserve_transparent=0[palette];[paint][palette]paletteuse=dither=none",
      ]
    case (.mp4, _):
      // Players need 4:2:0, which needs even sides; an index at the start lets them play before the download ends.
      encode =
        ["-filter:v", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        + (try hasH264 ? ["-codec:v", "libx264", "-crf", "15"] : ["-codec:v", "mpeg4", "-qscale:v", "2"])
    }
    return input + encode + ["-f", format.rawValue, "-y", "file:\(file.path)"]
  }

  /// Not every ffmpeg is built with libx264, whose licence is stricter; the encoder of MPEG-4 part 2 is part of ffmpeg.
  private var hasH264: Bool {
    get throws {
      let running = try ffmpeg.start(["-encoders"], reads: false)
      let list = String(decoding: running.take(1 << 20), as: UTF8.self)
      _ = running.finish()
      return list.contains("libx264")
    }
  }
}

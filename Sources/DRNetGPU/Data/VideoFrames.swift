import Foundation

/// Frames of a video file, which ffmpeg decodes.
struct VideoFrames {
  let url: URL
  private let ffmpeg: FFmpeg

  /// - Throws: `DataError` where this is no file, or there is no ffmpeg.
  init(_ url: URL) throws {
    var status = stat()
    guard stat(url.path, &status) == 0 else { throw DataError("\(url.path): \(String(cString: strerror(errno)))") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError("\(url.path): neither a folder of PNG frames nor a video file")
    }
    self.url = url
    ffmpeg = try FFmpeg(for: "\(url.path): videos are read by ffmpeg, folders of PNG frames are not")
  }

  /// Twice the pixels of 8K video, as for PNG.
  private static let mostPixels = 1 << 26

  /// Hands on up to `count` frames from frame `start` on, in RGB, as they lie in the file: none is repeated or left out for
  /// the sake of an even rate. Holds one at a time.
  /// - Returns: what ffmpeg said where there were fewer; nil where the video just ended.
  /// - Throws: `DataError` where ffmpeg gives what is no frame, and what `take` throws.
  func read(from start: Int, count: Int, _ take: (PNGImage) throws -> Void) throws -> String? {
    let running = try ffmpeg.start(
      [
        // Lists of files and addresses, which some formats are, must not lead elsewhere.
        "-protocol_whitelist", "file", "-max_pixels", "\(Self.mostPixels)", "-i", "file:\(url.path)", "-map", "0:v:0",
        "-filter:v", "select=gte(n\\,\(start)),setpts=N/(25*TB)", "-r", "25", "-frames:v", "\(count)",
        "-f", "image2pipe", "-codec:v", "ppm", "-pix_fmt", "rgb24", "pipe:1",
      ], reads: false)
    do {
      for _ in 0..<count {
        guard let frame = try frame(of: running) else { return running.finish() }
        try take(frame)
      }
    } catch {
      running.stop()
      throw error
    }
    running.stop()
    return nil
  }

  /// The next frame: a PPM image, "P6", width and height, the largest value 255, and the pixels; nil at the end.
  private func frame(of running: FFmpeg.Running) throws -> PNGImage? {
    var words: [String] = []
    var word: [UInt8] = []
    while words.count < 4 {
      guard let byte = running.take(1).first else { return nil }
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
        words.append(String(decoding: word, as: UTF8.self))
        word = []
      } else {
        word.append(byte)
      }
      guard word.count < 16 else { throw failure(words) }
    }
    guard words[0] == "P6", words[3] == "255", let width = Int(words[1]), let height = Int(words[2]), width > 0,
      height > 0,
      width <= PNGImage.largestSide, height <= PNGImage.largestSide, width * height <= Self.mostPixels
    else { throw failure(words) }
    let pixels = running.take(3 * width * height)
    return pixels.count < 3 * width * height
      ? nil : PNGImage(width: width, height: height, channels: 3, pixels: pixels)
  }

  private func failure(_ header: [String]) -> DataError {
    DataError(
      "\(url.path): ffmpeg gave a frame with header '\(header.joined(separator: " "))', expected one of at most "
        + "\(PNGImage.largestSide) pixels a side")
  }
}

import Foundation

/// A video file whose frames ffmpeg cuts, scales and takes to an even rate: what preparing many frames wants, where
/// `VideoFrames` hands them on as they are.
struct ScaledVideo: Sendable {
  /// What is made of a frame.
  struct Shape: Sendable {
    /// Height and width in pixels.
    var imageSize: Int
    /// 1 or 3.
    var channels: Int
    var crop = FrameCrop.none

    var frameSize: Int { channels * imageSize * imageSize }
  }

  let url: URL
  /// Frames a second, as the file says.
  let rate: Double
  /// Seconds; nil where the file does not say.
  let duration: Double?
  private let ffmpeg: FFmpeg

  /// Height and width that make sense of a frame: 8K video at most.
  private static let sides = 8...8192

  /// Asks ffprobe what the file is.
  /// - Throws: `DataError` where it is no video, or its frames have a size that makes no sense.
  init(_ url: URL) throws {
    self.url = url
    ffmpeg = try FFmpeg(for: "\(url.path): videos are read by ffmpeg")
    struct Answer: Decodable {
      struct Stream: Decodable {
        var width: Int?
        var height: Int?
        var rate: String?
        var duration: String?
        enum CodingKeys: String, CodingKey {
          case width, height, duration
          case rate = "avg_frame_rate"
        }
      }
      struct Format: Decodable { var duration: String? }
      var streams: [Stream]?
      var format: Format?
    }
    let answer = try ffmpeg.probe(
      [
        "-protocol_whitelist", "file", "-select_streams", "v:0", "-show_entries",
        "stream=width,height,avg_frame_rate,duration:format=duration", "-of", "json", "file:\(url.path)",
      ])
    let found: Answer?
    switch answer {
    case .success(let text): found = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    case .failure(let reason): throw DataError("\(url.path): ffprobe says \(reason.description)")
    }
    guard let stream = found?.streams?.first, let width = stream.width, let height = stream.height else {
      throw DataError("\(url.path): no video in this file")
    }
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw DataError(
        "\(url.path): frames of \(width) x \(height) px, expected \(Self.sides.lowerBound) to \(Self.sides.upperBound) a "
          + "side")
    }
    let parts = (stream.rate ?? "").split(separator: "/").compactMap { Double($0) }
    guard parts.count == 2, parts[0] > 0, parts[1] > 0, parts[0] / parts[1] <= 1000 else {
      throw DataError("\(url.path): \(stream.rate ?? "no") frames a second, expected up to 1000")
    }
    rate = parts[0] / parts[1]
    duration = (stream.duration ?? found?.format?.duration).flatMap(Double.init).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Frames from second `start` on, at most `count`, at `rate` frames a second; planar (C, S, S), 8 bits a value.
  /// - Throws: `DataError` where ffmpeg finds fault with the file.
  func frames(from start: Double = 0, count: Int, rate: Double, as shape: Shape) throws -> [[UInt8]] {
    // Seeking decodes from the key frame before, and drops what lies before `start`.
    let seek = start > 0 ? ["-ss", String(format: "%.6f", start)] : []
    return try read(seek, filter: "fps=\(rate)", count: count, as: shape)
  }

  /// Frames `range` of the file, counted from 0, as they lie in it.
  /// - Throws: `DataError` where there are fewer, or ffmpeg finds fault with the file.
  func frames(_ range: Range<Int>, as shape: Shape) throws -> [[UInt8]] {
    let trim = "trim=start_frame=\(range.lowerBound):end_frame=\(range.upperBound),setpts=N/(25*TB)"
    let frames = try read([], filter: trim, count: range.count, as: shape)
    guard frames.count == range.count else {
      throw DataError(
        "\(url.path): frames \(range.lowerBound + 1) to \(range.upperBound) are asked for, but it ends with frame "
          + "\(range.lowerBound + frames.count)")
    }
    return frames
  }

  private func read(_ seek: [String], filter: String, count: Int, as shape: Shape) throws -> [[UInt8]] {
    let filters = [filter] + shape.crop.filters + ["scale=\(shape.imageSize):\(shape.imageSize):flags=bilinear"]
    let running = try ffmpeg.start(
      ["-protocol_whitelist", "file"] + seek + [
        "-i", "file:\(url.path)", "-map", "0:v:0", "-filter:v", filters.joined(separator: ","), "-fps_mode",
        "passthrough", "-frames:v", "\(count)", "-f", "rawvideo", "-pix_fmt", shape.channels == 1 ? "gray" : "rgb24",
        "pipe:1",
      ], reads: false)
    var frames: [[UInt8]] = []
    while frames.count < count {
      let pixels = running.take(shape.frameSize)
      guard pixels.count == shape.frameSize else { break }
      let size = shape.imageSize
      frames.append(PNGImage(width: size, height: size, channels: shape.channels, pixels: pixels).planes)
    }
    if let reason = running.finish() { throw DataError("\(url.path): ffmpeg says \(reason)") }
    return frames
  }
}

/// Which part of a frame is taken, before it is squeezed into a square.
public enum FrameCrop: Equatable, Sendable {
  /// All of it.
  case none
  /// The square in the middle.
  case centre
  /// A rectangle in pixels, x and y of its upper left corner.
  case box(width: Int, height: Int, x: Int, y: Int)

  /// ffmpeg's filters for it.
  fileprivate var filters: [String] {
    switch self {
    case .none: []
    case .centre: ["crop=min(iw\\,ih):min(iw\\,ih)"]
    case .box(let width, let height, let x, let y): ["crop=\(width):\(height):\(x):\(y):exact=1"]
    }
  }
}

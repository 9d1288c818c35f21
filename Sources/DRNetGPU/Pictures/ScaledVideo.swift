import Files
import Foundation

/// A video file, whose frames ffmpeg decodes, crops, scales and, if requested, resamples to a constant frame rate.
struct ScaledVideo: Sendable {
  let url: URL
  private let ffmpeg: FFmpeg

  /// Frame rate and duration of a file.
  struct Timing {
    /// Frames per second.
    let rate: Double
    /// Seconds; computed from the number of frames if the file does not tell.
    let duration: Double
  }

  /// Valid heights and widths of a frame: up to 8K video.
  private static let sides = 8...8192

  /// The answer of ffprobe.
  private struct Answer: Decodable {
    struct Stream: Decodable {
      var width: Int?
      var height: Int?
      var rate: String?
      var duration: String?
      var packets: String?
      enum CodingKeys: String, CodingKey {
        case width, height, duration
        case rate = "avg_frame_rate"
        case packets = "nb_read_packets"
      }
    }
    struct Format: Decodable { var duration: String? }
    var streams: [Stream]?
    var format: Format?

    /// Seconds; nil if the file does not tell.
    var duration: Double? { (streams?.first?.duration ?? format?.duration).flatMap(Double.init) }
  }

  /// - Throws: `FileError` if this is no file, or there is no ffmpeg.
  init(_ url: URL) throws {
    self.url = url
    guard try DataFile.isFile(url) else { throw FileError(url, "neither a video file nor a folder") }
    ffmpeg = try FFmpeg(for: "\(url.relativePath): videos are read by ffmpeg, folders of PNG frames are not")
  }

  /// Reads frame rate and duration with ffprobe.
  /// - Throws: `FileError` if the file is no video, or its frames have an invalid size or rate.
  func timing() throws -> Timing {
    let found = try probe("width,height,avg_frame_rate,duration:format=duration")
    guard let stream = found?.streams?.first, let width = stream.width, let height = stream.height else {
      throw FileError(url, "no video in this file")
    }
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw FileError(
        url,
        "frames of \(width) x \(height) px, expected \(Self.sides.lowerBound) to \(Self.sides.upperBound) per "
          + "side")
    }
    let parts = (stream.rate ?? "").split(separator: "/").compactMap { Double($0) }
    guard parts.count == 2, parts[0] > 0, parts[1] > 0, parts[0] / parts[1] <= 1000 else {
      throw FileError(url, "\(stream.rate ?? "no") frames per second, expected up to 1000")
    }
    let rate = parts[0] / parts[1]
    if let said = found?.duration, said > 0 { return Timing(rate: rate, duration: said) }
    // A file that was written through a pipe does not store its duration.
    let packets = try probe("nb_read_packets", ["-count_packets"])?.streams?.first?.packets
    return Timing(rate: rate, duration: Double(packets.flatMap { Int($0) } ?? 0) / rate)
  }

  /// The answer of ffprobe about `entries` of the first video stream; nil if it cannot be decoded.
  private func probe(_ entries: String, _ options: [String] = []) throws -> Answer? {
    let answer = try ffmpeg.probe(
      ["-protocol_whitelist", "file"] + options + [
        "-select_streams", "v:0", "-show_entries", "stream=\(entries)", "-of", "json", "file:\(url.path)",
      ])
    switch answer {
    case .success(let text): return try? JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    case .failure(let reason): throw FileError(url, "ffprobe says \(reason)")
    }
  }

  /// `count` frames from number `first` on, at `rate` frames per second. Frame n is the last one of the file before
  /// second (n + 1/2) / rate, whatever frame reading begins with. There are fewer if the video begins later or ends before.
  /// - Throws: `FileError` if ffmpeg reports an error.
  func frames(from first: Int = 0, count: Int, rate: Double, as shape: FrameShape) throws -> [PNGImage] {
    // Seeking decodes from the key frame before that second. Time stamps stay those of the file, so that the filter fps
    // rounds them as it does from the start; it needs to see a frame before `first` if it must repeat it.
    let second = Double(first) / rate - Self.maxFrameSeconds
    return try read(
      ["-copyts", "-start_at_zero"] + (second > 0 ? ["-ss", String(format: "%.6f", second)] : []),
      filters(shape, "fps=\(rate),trim=start_pts=\(first):end_pts=\(first + count)"), count: count, as: shape)
  }

  /// The longest time that one frame of a video is shown, if nothing moves.
  private static let maxFrameSeconds = 2.0

  /// Frames `range` of the file, counted from 0, as they are stored: none is repeated or dropped to make the frame rate
  /// constant. There are fewer if the file ends before.
  /// - Throws: `FileError` if ffmpeg reports an error.
  func frames(_ range: Range<Int>, as shape: FrameShape) throws -> [PNGImage] {
    // Independent of time stamps: fps gets one frame per tick, and sets the frame rate for the filters after it.
    let trim = "trim=start_frame=\(range.lowerBound):end_frame=\(range.upperBound),settb=1/25,setpts=N,fps=25"
    return try read([], filters(shape, trim), count: range.count, as: shape)
  }

  /// Starts ffmpeg on the first video stream of the file.
  func start(_ input: [String], _ filters: String, _ output: [String]) throws -> FFmpeg.Running {
    try ffmpeg.start(
      ["-protocol_whitelist", "file"] + input + [
        "-i", "file:\(url.path)", "-map", "0:v:0", "-filter:v", filters, "-fps_mode", "passthrough",
      ] + output, reads: false)
  }

  /// The ffmpeg filters that choose frames and convert them to `shape`.
  func filters(_ shape: FrameShape, _ choice: String) -> String {
    ([choice] + shape.crop.filters + ["scale=\(shape.imageSize):\(shape.imageSize):flags=bilinear"])
      .joined(separator: ",")
  }

  private func read(_ input: [String], _ filters: String, count: Int, as shape: FrameShape) throws -> [PNGImage] {
    let running = try start(
      input, filters,
      [
        "-frames:v", "\(count)", "-f", "rawvideo", "-pix_fmt", shape.channels == 1 ? "gray" : "rgb24", "pipe:1",
      ])
    var frames: [PNGImage] = []
    while frames.count < count {
      let pixels = running.take(shape.frameSize)
      guard pixels.count == shape.frameSize else { break }
      let size = shape.imageSize
      frames.append(PNGImage(width: size, height: size, channels: shape.channels, pixels: pixels))
    }
    if let reason = running.finish() { throw FileError(url, "ffmpeg says \(reason)") }
    return frames
  }
}

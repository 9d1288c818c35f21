import Files
import Foundation

/// A video file, which ffmpeg decodes.
struct Video: Sendable {
  let url: URL
  private let ffmpeg: FFmpeg
  /// What ffprobe says of the stream.
  private let stream: Stream

  /// Valid heights and widths of a frame: up to 8K video.
  static let sides = 8...8192

  /// Shapes of pixels: those of DVDs are 0.89 to 1.42. Others come from damaged headers.
  private static let aspects = 0.25...4.0

  private struct Stream: Decodable {
    struct SideData: Decodable { var rotation: Double? }
    struct Tags: Decodable { var alphaMode: String? }
    var codecName: String?
    var width: Int?
    var height: Int?
    var sampleAspectRatio: String?
    var tags: Tags?
    var sideDataList: [SideData]?
  }
  private struct Answer: Decodable { var streams: [Stream]? }

  /// Asks ffprobe about the file.
  /// - Throws: `FileError` if this is no video, its frames have an invalid size, or there is no ffmpeg.
  init(_ url: URL) throws {
    self.url = url
    guard try DataFile.isFile(url) else { throw FileError(url, "neither a video file nor a folder") }
    ffmpeg = try FFmpeg(for: "\(url.relativePath): videos are read by ffmpeg, folders of PNG frames are not")
    let answer = try ffmpeg.probe(
      Self.onlyVideos + [
        "-select_streams", "V:0", "-show_entries",
        "stream=codec_name,width,height,sample_aspect_ratio:stream_tags=alpha_mode:stream_side_data=rotation",
        "-of", "json", "file:\(url.path)",
      ])
    let text: String
    switch answer {
    case .success(let found): text = found
    case .failure(let reason):
      guard !reason.description.contains("not on whitelist") else {
        throw FileError(url, "a list of other files, a picture or another format that is not read as a video")
      }
      throw FileError(url, "ffprobe says \(reason)")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let stream = try? decoder.decode(Answer.self, from: Data(text.utf8)).streams?.first,
      let width = stream.width, let height = stream.height
    else { throw FileError(url, "no video in this file") }
    self.stream = stream
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw FileError(
        url,
        "frames of \(width) x \(height) px, expected \(Self.sides.lowerBound) to \(Self.sides.upperBound) per side")
    }
  }

  /// Width of a pixel over its height, in the frames as they are shown; 1 if the file does not tell.
  var sampleAspect: Double {
    let parts = (stream.sampleAspectRatio ?? "").split(separator: ":").compactMap { Double($0) }
    guard parts.count == 2, parts[0] > 0, parts[1] > 0, Self.aspects.contains(parts[0] / parts[1]) else { return 1 }
    let quarterTurns = (stream.sideDataList?.lazy.compactMap(\.rotation).first ?? 0) / 90
    return quarterTurns.truncatingRemainder(dividingBy: 2) == 0 ? parts[0] / parts[1] : parts[1] / parts[0]
  }

  /// Formats that hold their frames themselves. Playlists of other files (HLS, DASH, concat, SDP) and pictures are none of
  /// them, whatever the suffix of the file: a stranger's file must not decide which files are read.
  private static let onlyVideos = [
    "-protocol_whitelist", "file",
    "-format_whitelist", "asf,avi,flv,gif,h264,hevc,m4v,matroska,mov,mpeg,mpegts,mpegvideo,mxf,ogg,yuv4mpegpipe",
  ]

  /// Starts ffmpeg on the first video stream of the file that is no cover picture; every frame is passed on once, in the
  /// order in which frames are shown, whatever its time stamp, or as often as `rate` frames per second need.
  func start(rate: Double?, _ filters: [String], _ output: [String]) throws -> FFmpegProcess {
    // Where the size or format of frames changes, ffmpeg makes its filters anew, and the one that counts time would begin again.
    let keepingFilters = rate == nil ? [] : ["-reinit_filter", "0"]
    // The scale keeps to the size of the first frame.
    let filters = (rate.map { Self.resampling(to: $0) + ["scale"] } ?? []) + filters
    return try ffmpeg.start(
      Self.onlyVideos + decoder + keepingFilters + [
        "-i", "file:\(url.path)", "-map", "0:V:0", "-filter:v", filters.joined(separator: ","),
      ]
        + ffmpeg.passthrough + output, reads: false)
  }

  /// ffmpeg's own decoders of VP8 and VP9 leave transparency out; that of Theora stops where another recording begins in the same
  /// file, unless it has one thread.
  private var decoder: [String] {
    let hasAlpha = stream.tags?.alphaMode == "1"
    return switch stream.codecName {
    case "vp8" where hasAlpha: ["-codec:v", "libvpx"]
    case "vp9" where hasAlpha: ["-codec:v", "libvpx-vp9"]
    case "theora": ["-threads", "1"]
    default: []
    }
  }

  /// The filters that repeat and drop frames so that there are `rate` per second. Frame n is the last one before second
  /// (n + 1/2) / rate after the first frame. Where time stamps are missing, stand still or go back (recordings that were
  /// joined), the next frame follows after the time of one frame.
  private static func resampling(to rate: Double) -> [String] {
    let oneFrame = "1/(TB*if(gt(FRAME_RATE,0),FRAME_RATE,25))"
    let step = "if(gt(PTS,PREV_INPTS),PTS-PREV_INPTS,\(oneFrame))"
    return ["setpts='if(eq(N,0),0,PREV_OUTPTS+\(step))'", "fps=\(rate)"]
  }

  /// The frames of the file, at `rate` frames per second, or each of them once.
  /// - Throws: `FFmpegError` if ffmpeg cannot be started.
  func frames(rate: Double? = nil) throws -> VideoFrames { try VideoFrames(self, rate: rate) }
}

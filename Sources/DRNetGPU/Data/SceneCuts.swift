import Files
import Foundation

/// The scenes of a video. The ffmpeg filter `scdet` scores how much each frame differs from the one before, beyond what
/// motion explains, in percent of the maximum brightness.
struct SceneCuts {
  /// A frame with this score begins a scene: the default of the filter.
  static let threshold = 10.0
  /// Minimum length of a scene; shorter ones show no motion.
  static let minSceneFrames = 8

  /// The scenes of at least `minSceneFrames` frames.
  private(set) var scenes: [Range<Int>] = []
  /// Number of shorter scenes.
  private(set) var shortScenes = 0
  /// The current scene; nil before its first frame.
  private var scene: Range<Int>?

  /// Scans a whole video at `rate` frames per second, without keeping frames in memory.
  /// - Throws: `FileError` if ffmpeg reports an error.
  init(of video: ScaledVideo, rate: Double, as shape: FrameShape) throws {
    let score = "lavfi.scd.score"
    let running = try video.start(
      ["-copyts", "-start_at_zero"],
      video.filters(shape, "fps=\(rate)") + ",scdet,metadata=mode=print:key=\(score):file=-",
      ["-f", "null", "-"])
    var rest: [UInt8] = []
    var frame = 0
    repeat {
      let piece = running.take(1 << 12)
      let lines = (rest + piece).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      // Two lines per frame: "frame:0 pts:2 pts_time:0.08", with pts in frames at the rate, and the score. A video may
      // begin later than its sound; pts then does not start at 0.
      for line in piece.isEmpty ? lines[...] : lines.dropLast() {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("frame:") {
          let time = text.split(separator: " ").first { $0.hasPrefix("pts:") }
          frame = time.flatMap { Int($0.dropFirst(4)) } ?? frame + 1
        } else if text.hasPrefix("\(score)=") {
          add(score: Double(text.dropFirst(score.count + 1)) ?? 0, of: frame)
        }
      }
      rest = Array(lines.last ?? [])
      if piece.isEmpty { break }
    } while true
    if let reason = running.finish() { throw FileError(video.url, "ffmpeg says \(reason)") }
    endScene()
  }

  /// The scenes by known scores of frames 0 and following.
  init(scores: [Double]) {
    for (frame, score) in scores.enumerated() { add(score: score, of: frame) }
    endScene()
  }

  private mutating func add(score: Double, of frame: Int) {
    if score >= Self.threshold { endScene() }
    scene = (scene?.lowerBound ?? frame)..<max(frame, scene?.lowerBound ?? frame) + 1
  }

  private mutating func endScene() {
    guard let ended = scene else { return }
    if ended.count >= Self.minSceneFrames { scenes.append(ended) } else { shortScenes += 1 }
    scene = nil
  }
}

import Files
import Foundation

/// Where the scenes of a video begin and end: ffmpeg's `scdet` says how much each frame differs from the one before, beyond
/// what movement explains, in percent of the brightest.
struct SceneCuts {
  /// A frame that differs by this much begins a scene: the filter's own measure.
  static let threshold = 10.0
  /// Fewer frames than this show no movement.
  static let shortestScene = 8

  /// The scenes of at least `shortestScene` frames.
  private(set) var scenes: [Range<Int>] = []
  /// Scenes that are shorter.
  private(set) var shortScenes = 0
  /// The scene that goes on; nil before its first frame.
  private var scene: Range<Int>?

  /// Looks through a whole video at `rate` frames a second, holding nothing of it.
  /// - Throws: `FileError` where ffmpeg finds fault with the file.
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
      // Two lines a frame: "frame:0 pts:2 pts_time:0.08", counted in frames at the rate, and the score. A video may begin
      // later than its sound, and then not with 0.
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

  /// The same of scores that are known, of frames from 0 on.
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
    if ended.count >= Self.shortestScene { scenes.append(ended) } else { shortScenes += 1 }
    scene = nil
  }
}

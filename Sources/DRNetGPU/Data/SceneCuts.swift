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

  /// Scans a whole video, at `rate` frames per second or each frame once, without keeping frames in memory.
  /// - Throws: `FileError` if ffmpeg fails.
  init(of video: Video, rate: Double?, imageSize: Int) throws {
    let score = "lavfi.scd.score"
    let running = try video.start(
      rate: rate,
      [
        "scale=\(imageSize):\(imageSize):flags=bilinear", "scdet", "metadata=mode=print:key=\(score):file=-",
      ],
      ["-f", "null", "-"])
    defer { running.stop() }
    var rest: [UInt8] = []
    var frame = 0
    while true {
      let piece = running.take(1 << 12)
      let lines = (rest + piece).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      // Two lines per frame: "frame:0 pts:2 pts_time:0.08" and the score. The number begins again where the size of the
      // frames changes.
      for line in piece.isEmpty ? lines[...] : lines.dropLast() {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("\(score)=") else { continue }
        add(score: Double(text.dropFirst(score.count + 1)) ?? 0, of: frame)
        frame += 1
      }
      rest = Array(lines.last ?? [])
      if piece.isEmpty { break }
    }
    let ending = running.finish()
    guard ending.hasSucceeded else { throw FileError(video.url, "ffmpeg says \(ending.reason)") }
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

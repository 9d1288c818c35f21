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
  private var start = 0
  private var count = 0

  /// Looks through a whole video at `rate` frames a second, holding nothing of it.
  /// - Throws: `DataError` where ffmpeg finds fault with the file.
  init(of video: ScaledVideo, rate: Double, as shape: FrameShape) throws {
    let score = "lavfi.scd.score"
    let running = try video.start(
      ["-copyts", "-start_at_zero"],
      video.filters(shape, "fps=\(rate)") + ",scdet,metadata=mode=print:key=\(score):file=-",
      ["-f", "null", "-"])
    var rest: [UInt8] = []
    repeat {
      let piece = running.take(1 << 12)
      let lines = (rest + piece).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      // Two lines a frame: its number and time, and the score.
      for line in piece.isEmpty ? lines[...] : lines.dropLast() {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("\(score)=") { add(score: Double(text.dropFirst(score.count + 1)) ?? 0) }
      }
      rest = Array(lines.last ?? [])
      if piece.isEmpty { break }
    } while true
    if let reason = running.finish() { throw DataError("\(video.url.path): ffmpeg says \(reason)") }
    endScene()
  }

  /// The same of scores that are known.
  init(scores: [Double]) {
    for score in scores { add(score: score) }
    endScene()
  }

  private mutating func add(score: Double) {
    if score >= Self.threshold { endScene() }
    count += 1
  }

  private mutating func endScene() {
    if count - start >= Self.shortestScene {
      scenes.append(start..<count)
    } else if count > start {
      shortScenes += 1
    }
    start = count
  }
}

import TensorEngine

@testable import DRNetGPU

/// Clips of flat frames: whether they are dark or light is one class, whether they get lighter another.
struct FlatClips: LabelledSource {
  struct Clip: Equatable {
    var isLight: Bool
    var rises: Bool
  }

  var channels: Int { 1 }
  var imageSize: Int { 64 }
  var summary: String { "flat clips" }
  var classes: [ClipClass] { [ClipClass("level", ["dark", "light"]), ClipClass("motion", ["down", "up"])] }
  var factors: [ClipFactor] { [] }
  /// The level of the content, and the change from frame to frame.
  static let (levels, change): ([Float], Float) = ([0.3, 0.7], 0.06)

  func clipCount(_ split: Split) -> Int? { nil }
  func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> Clip {
    Clip(isLight: random.integer(in: 0...1) == 1, rises: random.integer(in: 0...1) == 1)
  }
  func render(_ clip: Clip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    let change = Self.change * Float(index + 1)
    pixels.update(repeating: Self.levels[clip.isLight ? 1 : 0] + (clip.rises ? change : -change))
  }
  func labels(of clip: Clip) -> [Int] { [clip.isLight ? 1 : 0, clip.rises ? 1 : 0] }
  func factors(of clip: Clip, frame index: Int) -> [Float] { [] }
}

import Foundation
import Synchronization

/// The passage of a video that was decoded last. Consecutive clips are cut from it; decoding each separately would
/// start at the key frame before it. Clips are read in order, so that one passage is enough.
final class DecodedPassage: Sendable {
  private struct Held {
    let url: URL
    let range: Range<Int>
    let frames: Result<[PNGImage], any Error>
  }
  private let held = Mutex<Held?>(nil)

  /// Frames `range` out of `passage`, which is decoded if it is not held yet; there may be fewer.
  /// - Throws: what decoding threw, for every clip of the passage.
  func frames(
    _ range: Range<Int>, of passage: Range<Int>, _ video: ScaledVideo, rate: Double, as shape: FrameShape
  ) throws -> [PNGImage] {
    let frames = try held.withLock { held in
      if held?.url != video.url || held?.range != passage {
        held = Held(
          url: video.url, range: passage,
          frames: Result {
            try video.frames(from: passage.lowerBound, count: passage.count, rate: rate, as: shape)
          })
      }
      return try held!.frames.get()
    }
    let start = range.lowerBound - passage.lowerBound
    return Array(frames.dropFirst(start).prefix(range.count))
  }
}

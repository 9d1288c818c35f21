import Foundation
import Synchronization

/// A cache of decoded frames, up to a number of bytes. Frames are drawn uniformly, so that each is equally likely to be
/// needed again; therefore nothing is evicted.
final class FrameCache: Sendable {
  private struct Contents {
    var images: [URL: PNGImage] = [:]
    var bytes = 0
  }
  private let contents = Mutex(Contents())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// The frame of a file, decoded by `decode` if it is not cached; two threads may decode the same one at once.
  func image(_ url: URL, decode: () throws -> PNGImage) throws -> PNGImage {
    if let image = contents.withLock({ $0.images[url] }) { return image }
    let image = try decode()
    contents.withLock {
      if $0.images[url] == nil && $0.bytes + image.pixels.count <= limit {
        $0.images[url] = image
        $0.bytes += image.pixels.count
      }
    }
    return image
  }

  var bytes: Int { contents.withLock { $0.bytes } }
}

import Foundation
import Synchronization

/// Decoded frames, up to a number of bytes. Frames are drawn uniformly, so one is as likely to be needed again as any
/// other: what came first stays, nothing is thrown out.
final class FrameCache: Sendable {
  private struct Contents {
    var images: [URL: PNGImage] = [:]
    var bytes = 0
  }
  private let contents = Mutex(Contents())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// The frame of a file, decoded by `decode` where it is not held; two threads may decode the same one at once.
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

import Files
import Foundation

/// What is made of the frames of videos and pictures: squares of a size.
struct FrameShape: Sendable {
  /// Height and width in pixels.
  var imageSize: Int
  /// 1 or 3.
  var channels: Int
  var crop = FrameCrop.none

  var frameSize: Int { channels * imageSize * imageSize }

  /// The PNG file at `url` as such a frame.
  /// - Throws: `FileError` if it cannot be read, or is too small for the crop.
  func fit(contentsOf url: URL) throws -> PNGImage { try fit(PNGImage(contentsOf: url), from: url) }

  /// A picture as such a frame: cropped, then scaled, then made grey or RGB, in this order, since every step rounds to
  /// 8 bits. Grey has the same value in all three channels, which is what grey means in RGB.
  /// - Throws: `FileError` if the picture at `url` is too small for the crop.
  func fit(_ image: PNGImage, from url: URL) throws -> PNGImage {
    let cropped: PNGImage
    switch crop {
    case .none: cropped = image
    case .centre: cropped = image.croppedToSquare()
    case .box(let width, let height, let x, let y):
      guard x + width <= image.width, y + height <= image.height else {
        throw FileError(
          url, "\(image.width) x \(image.height) px, which a box of \(width):\(height):\(x):\(y) leaves")
      }
      cropped = image.cropped(width: width, height: height, x: x, y: y)
    }
    return cropped.resized(to: imageSize).converted(channels: channels)
  }
}

/// Which part of a frame is taken, before it is squeezed into a square.
package enum FrameCrop: Equatable, Sendable {
  /// All of it.
  case none
  /// The square in the middle.
  case centre
  /// A rectangle in pixels, x and y of its upper left corner.
  case box(width: Int, height: Int, x: Int, y: Int)

  /// ffmpeg's filters for it.
  var filters: [String] {
    switch self {
    case .none: []
    case .centre: ["crop=min(iw\\,ih):min(iw\\,ih)"]
    case .box(let width, let height, let x, let y): ["crop=\(width):\(height):\(x):\(y):exact=1"]
    }
  }
}

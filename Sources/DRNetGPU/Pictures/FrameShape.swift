import Files
import Foundation

/// The shape that frames of videos and pictures are converted to: squares of one size.
struct FrameShape: Sendable {
  /// Height and width in pixels.
  var imageSize: Int
  /// 1 or 3.
  var channels: Int
  var crop = FrameCrop.none

  var frameSize: Int { channels * imageSize * imageSize }

  /// The PNG file at `url` as a frame of this shape.
  /// - Throws: `FileError` if it cannot be read, or is too small for the crop.
  func fit(contentsOf url: URL) throws -> PNGImage { try fit(PNGImage(contentsOf: url), from: url) }

  /// A picture as a frame of this shape: cropped, scaled, then converted to grey or RGB. All frames take this order,
  /// since each step rounds to 8 bits. A grey picture in RGB has the same value in all three channels.
  /// - Parameter sampleAspect: width of a pixel over its height. The square in the centre is one of the picture as it is
  ///   shown; a box is in pixels as they are stored.
  /// - Throws: `FileError` if the picture at `url` is too small for the crop.
  func fit(_ image: PNGImage, from url: URL, sampleAspect: Double = 1) throws -> PNGImage {
    let cropped: PNGImage
    switch crop {
    case .none: cropped = image
    case .centre:
      let shownWidth = max(1, Int((Double(image.width) * sampleAspect).rounded()))
      cropped = image.resized(width: shownWidth, height: image.height).croppedToSquare()
    case .box(let width, let height, let x, let y):
      guard x + width <= image.width, y + height <= image.height else {
        throw FileError(
          url, "\(image.width) x \(image.height) px, too small for a crop box of \(width):\(height):\(x):\(y)")
      }
      cropped = image.cropped(width: width, height: height, x: x, y: y)
    }
    return cropped.resized(width: imageSize, height: imageSize).converted(channels: channels)
  }
}

/// The part of a frame that is used; it is then scaled to a square.
package enum FrameCrop: Equatable, Sendable {
  /// The whole frame.
  case none
  /// The square in the middle.
  case centre
  /// A rectangle in pixels; x and y are those of its upper left corner.
  case box(width: Int, height: Int, x: Int, y: Int)
}

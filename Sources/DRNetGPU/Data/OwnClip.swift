import Foundation

/// A clip that a user names, without any data set: a folder of PNG frames.
public struct OwnClip {
  public let url: URL
  /// Takes the square in the middle of each frame instead of squeezing all of it into a square.
  public let isCropped: Bool

  public init(_ url: URL, isCropped: Bool) {
    self.url = url
    self.isCropped = isCropped
  }

  /// `count` frames from frame `start` on, counted from 0, as a model takes them: squares of `imageSize` in `channels`.
  ///
  /// Colour becomes grey by its luma. A grey frame has the same value in all three channels, which is what grey means in
  /// RGB, so that a model of coloured clips sees what it would see had the frame been stored in colour.
  /// - Throws: `DataError` where there are not as many frames, or one cannot be read.
  public func frames(from start: Int, count: Int, imageSize: Int, channels: Int) throws -> [PNGImage] {
    let files = try FrameFolders.frames(in: url)
    guard !files.isEmpty else {
      throw DataError("\(url.path): there are no PNG files in this folder; name the folder of one clip's frames")
    }
    guard files.count - start >= count else {
      throw DataError(
        "\(url.path): \(files.count) frame\(files.count == 1 ? "" : "s"), but \(count) are observed from frame \(start) on: "
          + "lower --n-past or --start, or take a longer clip")
    }
    return try files[start..<start + count].map {
      let image = try PNGImage(contentsOf: $0)
      return (isCropped ? image.croppedToSquare() : image).resized(to: imageSize).converted(channels: channels)
    }
  }
}

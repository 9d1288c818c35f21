import Files
import Foundation

/// A single clip that belongs to no data set: a folder of PNG frames or a video file.
package struct OwnClip {
  package let url: URL
  /// The part of each frame that is used.
  package let crop: FrameCrop

  package init(_ url: URL, crop: FrameCrop = .none) {
    self.url = url
    self.crop = crop
  }

  /// `count` frames from frame `start` on, counted from 0, as input for a model: squares of `imageSize` px with
  /// `channels` channels, cropped and scaled as in `OwnVideos`, so that they match the training data.
  /// - Throws: `FileError` if there are too few frames, or one cannot be read.
  package func frames(from start: Int, count: Int, imageSize: Int, channels: Int) throws -> [PNGImage] {
    let shape = FrameShape(imageSize: imageSize, channels: channels, crop: crop)
    guard try DataFile.isFolder(url) else {
      let frames = try Video(url).frames()
      try frames.skip(start)
      let found = try frames.take(count, as: shape)
      try require(found.count, of: count, from: start)
      return found
    }
    let files = try FrameFolders.frames(in: url)
    guard !files.isEmpty else {
      throw FileError(
        url, "there are no PNG files in this folder; name the folder of one clip's frames, or a video file")
    }
    try require(max(0, files.count - start), of: count, from: start)
    return try files[start..<start + count].map { try shape.fit(contentsOf: $0) }
  }

  private func require(_ found: Int, of count: Int, from start: Int) throws {
    guard found < count else { return }
    throw FileError(
      url,
      "\(found) frame\(found == 1 ? "" : "s") from frame \(start) on, but \(count) are observed: "
        + "lower --n-past or --start, or take a longer clip")
  }
}

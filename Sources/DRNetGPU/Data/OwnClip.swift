import Foundation

/// A clip that a user names, without any data set: a folder of PNG frames or a video file.
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
    func fit(_ image: PNGImage) -> PNGImage {
      (isCropped ? image.croppedToSquare() : image).resized(to: imageSize).converted(channels: channels)
    }
    guard try DataFile.isFolder(url) else {
      var frames: [PNGImage] = []
      let reason = try VideoFrames(url).read(from: start, count: count) { frames.append(fit($0)) }
      try require(frames.count, of: count, from: start, reason)
      return frames
    }
    let files = try FrameFolders.frames(in: url)
    guard !files.isEmpty else {
      throw DataError(
        "\(url.path): there are no PNG files in this folder; name the folder of one clip's frames, or a video file")
    }
    try require(max(0, files.count - start), of: count, from: start, nil)
    return try files[start..<start + count].map { fit(try PNGImage(contentsOf: $0)) }
  }

  private func require(_ found: Int, of count: Int, from start: Int, _ reason: String?) throws {
    guard found < count else { return }
    throw DataError(
      "\(url.path): \(found) frame\(found == 1 ? "" : "s") from frame \(start) on, but \(count) are observed: "
        + (reason.map { "ffmpeg says \($0)" } ?? "lower --n-past or --start, or take a longer clip"))
  }
}

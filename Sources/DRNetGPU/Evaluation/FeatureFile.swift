import Foundation

/// Content and pose vectors of frames, in a safetensors file.
///
/// | tensor | shape | |
/// |---|---|---|
/// | `content` | (N, content_dim) | h_c |
/// | `pose` | (N, pose_dim) | h_p |
///
/// The names of the frames are in the metadata, as a JSON array under `frames`.
public enum FeatureFile {
  /// Encodes the PNG files of a folder in the order of their names, compared byte by byte.
  ///
  /// Frames of another size are scaled to 64 px, and of another colour converted to the model's channels.
  /// - Throws: `DataError` where the folder has no PNG or one cannot be read.
  public static func encode(folder: URL, with extractor: FeatureExtractor) throws -> SafetensorsFile {
    let files = try FrameFolders.frames(in: folder).sorted {
      $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8)
    }
    guard !files.isEmpty else {
      throw DataError("\(folder.path): there are no PNG files in this folder; name the folder of the frames")
    }
    let channels = extractor.model.sizes.channels
    let side = DRNet.imageSize
    let names = try String(decoding: JSONEncoder().encode(files.map(\.lastPathComponent)), as: UTF8.self)
    var file = SafetensorsFile(metadata: ["frames": names])
    let batch = 100
    var parts: [(content: HostTensor, pose: HostTensor)] = []
    for start in stride(from: 0, to: files.count, by: batch) {
      let part = files[start..<min(start + batch, files.count)]
      var frames = HostTensor([part.count, channels, side, side])
      let size = channels * side * side
      for (index, url) in part.enumerated() {
        let image = try PNGImage(contentsOf: url).resized(to: side).converted(channels: channels)
        frames.values.withUnsafeMutableBufferPointer {
          image.writePlanes(to: UnsafeMutableBufferPointer(rebasing: $0[index * size..<(index + 1) * size]))
        }
      }
      parts.append(try extractor.encode(frames))
    }
    file["content"] = HostTensor(rows: parts.map(\.content), of: [extractor.model.sizes.contentDim])
    file["pose"] = HostTensor(rows: parts.map(\.pose), of: [extractor.model.sizes.poseDim])
    return file
  }

  /// Decodes every row of a feature file: frames (N, C, 64, 64) in [0, 1].
  /// - Throws: `FileError` where a tensor is missing, of the wrong shape or not finite.
  public static func decode(_ file: SafetensorsFile, with extractor: FeatureExtractor) throws -> HostTensor {
    let content = try file.tensor("content")
    let rows = content.shape.rank > 0 ? content.shape[0] : 0
    let sizes = extractor.model.sizes
    _ = try file.tensor("content", [rows, sizes.contentDim])
    let pose = try file.tensor("pose", [rows, sizes.poseDim])
    guard rows > 0 else { throw FileError(file, "content has shape \(content.shape); expected one row a frame") }
    try file.requireFinite()
    return try extractor.decode(content: content, pose: pose)
  }
}

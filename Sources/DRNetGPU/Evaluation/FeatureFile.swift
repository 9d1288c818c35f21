import Files
import Foundation
import TensorEngine

/// Content and pose vectors of frames, in a safetensors file.
///
/// | tensor | shape | |
/// |---|---|---|
/// | `content` | (N, content_dim) | h_c |
/// | `pose` | (N, pose_dim) | h_p |
///
/// The names of the frames are in the metadata, as a JSON array under `frames`.
package enum FeatureFile {
  /// Encodes the PNG files of a folder in the order of their names, compared byte by byte.
  ///
  /// Frames are scaled to the model's size and converted to its number of channels.
  /// - Throws: `FileError` if the folder has no PNG or one cannot be read.
  package static func encode(folder: URL, with extractor: FeatureExtractor) throws -> SafetensorsFile {
    let files = try FrameFolders.frames(in: folder).sorted {
      $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8)
    }
    guard !files.isEmpty else {
      throw FileError(folder, "there are no PNG files in this folder; name the folder of the frames")
    }
    let names = try String(decoding: JSONEncoder().encode(files.map(\.lastPathComponent)), as: UTF8.self)
    var file = SafetensorsFile(metadata: ["frames": names])
    let batch = 100
    var parts: [(content: HostTensor, pose: HostTensor)] = []
    for start in stride(from: 0, to: files.count, by: batch) {
      let part = files[start..<min(start + batch, files.count)]
      parts.append(try extractor.encode(frames(part, for: extractor.model.sizes)))
    }
    file["content"] = HostTensor(rows: parts.map(\.content), of: [extractor.model.sizes.contentDim])
    file["pose"] = HostTensor(rows: parts.map(\.pose), of: [extractor.model.sizes.poseDim])
    return file
  }

  /// Decodes every row of a feature file: frames (N, C, S, S) in [0, 1].
  ///
  /// - Parameter contentFrame: a PNG file whose content is used for all rows in place of their own. A decoder with
  ///   skips needs one, since it takes the frame's feature maps, too.
  /// - Throws: `FileError` if a tensor is missing, of the wrong shape or not finite, or a frame cannot be read;
  ///   `SettingError` if a content frame is needed.
  package static func decode(
    _ file: SafetensorsFile, contentFrame: URL? = nil, with extractor: FeatureExtractor
  ) throws -> HostTensor {
    let sizes = extractor.model.sizes
    let anyPose = try file.tensor("pose")
    let rows = anyPose.shape.rank > 0 ? anyPose.shape[0] : 0
    let pose = try file.tensor("pose", [rows, sizes.poseDim])
    guard rows > 0 else { throw FileError(file, "pose has shape \(pose.shape); expected one row per frame") }
    if let contentFrame {
      try file.requireFinite()
      return try extractor.decode(contentOf: frames([contentFrame], for: sizes).repeated(rows), pose: pose)
    }
    guard !sizes.decoder.hasSkips else {
      throw SettingError(
        "content-frame", "is missing",
        expected: "a PNG frame, since a \(sizes.decoder.rawValue) decoder takes feature maps of the content frame")
    }
    let content = try file.tensor("content", [rows, sizes.contentDim])
    try file.requireFinite()
    return try extractor.decode(content: content, pose: pose)
  }

  /// PNG files as a batch (N, C, S, S), scaled to the model's size and converted to its channels.
  static func frames(_ files: some Collection<URL>, for sizes: DRNet.Sizes) throws -> HostTensor {
    var frames = HostTensor(sizes.frames(files.count))
    let size = frames.values.count / max(files.count, 1)
    let shape = FrameShape(imageSize: sizes.imageSize, channels: sizes.channels)
    for (index, url) in files.enumerated() {
      let image = try shape.fit(contentsOf: url)
      frames.values.withUnsafeMutableBufferPointer {
        image.writePlanes(to: UnsafeMutableBufferPointer(rebasing: $0[index * size..<(index + 1) * size]))
      }
    }
    return frames
  }
}

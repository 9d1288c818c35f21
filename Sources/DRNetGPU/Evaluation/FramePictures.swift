import TensorEngine

/// Pictures that show what a model has learned.
package struct FramePictures {
  private let extractor: FeatureExtractor
  private let grid: ImageGrid

  package init(_ extractor: FeatureExtractor, scale: Int = 1) {
    self.extractor = extractor
    var grid = ImageGrid()
    grid.scale = scale
    self.grid = grid
  }

  /// The swap grid: each row has the content of the frame at its left, each column the pose of the frame above it.
  ///
  /// - Parameters:
  ///   - contents: frames of the rows, (R, C, S, S).
  ///   - poses: frames of the columns, (K, C, S, S).
  package func swapGrid(contents: HostTensor, poses: HostTensor) throws -> PNGImage {
    let pose = try extractor.pose(of: poses)
    let columns = poses.shape[0]
    let header = [nil] + (0..<columns).map { PNGImage(poses, frame: $0) as PNGImage? }
    let rows = try (0..<contents.shape[0]).map { row in
      let decoded = try extractor.decode(contentOf: contents.rows(row..<row + 1).repeated(columns), pose: pose)
      return [PNGImage(contents, frame: row)] + (0..<columns).map { PNGImage(decoded, frame: $0) as PNGImage? }
    }
    return grid.image([header] + rows)
  }

  /// Three rows: content frames, pose frames, and frames decoded from content and pose; one column per clip.
  package func reconstructions(contents: HostTensor, poses: HostTensor) throws -> PNGImage {
    let decoded = try extractor.decode(contentOf: contents, pose: extractor.pose(of: poses))
    return grid.image(
      [contents, poses, decoded].map { frames in (0..<frames.shape[0]).map { PNGImage(frames, frame: $0) } })
  }
}

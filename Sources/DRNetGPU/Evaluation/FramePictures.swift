/// The pictures that show what a model has learnt.
public struct FramePictures {
  private let extractor: FeatureExtractor
  private let grid: ImageGrid

  public init(_ extractor: FeatureExtractor, scale: Int = 1) {
    self.extractor = extractor
    var grid = ImageGrid()
    grid.scale = scale
    self.grid = grid
  }

  /// The swap grid: rows keep the content of the frame at their left, columns the pose of the frame above them.
  ///
  /// - Parameters:
  ///   - contents: frames of the rows, (R, C, S, S).
  ///   - poses: frames of the columns, (K, C, S, S).
  public func swapGrid(contents: HostTensor, poses: HostTensor) throws -> PNGImage {
    let pose = try extractor.encode(poses).pose
    let columns = poses.shape[0]
    let header = [nil] + (0..<columns).map { PNGImage(poses, frame: $0) as PNGImage? }
    let rows = try (0..<contents.shape[0]).map { row in
      let repeated = HostTensor(
        rows: [HostTensor](repeating: contents.rows(row..<row + 1), count: columns),
        of: Shape(Array(contents.shape.extents.dropFirst())))
      let decoded = try extractor.decode(contentOf: repeated, pose: pose)
      return [PNGImage(contents, frame: row)] + (0..<columns).map { PNGImage(decoded, frame: $0) as PNGImage? }
    }
    return grid.image([header] + rows)
  }

  /// Three rows: content frames, pose frames, and what the decoder makes of content and pose; one column a clip.
  public func reconstructions(contents: HostTensor, poses: HostTensor) throws -> PNGImage {
    let decoded = try extractor.decode(contentOf: contents, pose: extractor.encode(poses).pose)
    return grid.image(
      [contents, poses, decoded].map { frames in (0..<frames.shape[0]).map { PNGImage(frames, frame: $0) } })
  }

  /// One clip's prediction beside the truth, as a strip of two rows: every `stride`-th frame.
  public func strip(truth: [HostTensor], prediction: [HostTensor], clip: Int, stride: Int) -> PNGImage {
    let shown = Array(Swift.stride(from: 0, to: truth.count, by: stride))
    return grid.image([truth, prediction].map { frames in shown.map { PNGImage(frames[$0], frame: clip) } })
  }

  /// All clips over time: truth above, prediction below, one column a clip.
  public func animation(truth: [HostTensor], prediction: [HostTensor], framesPerSecond: Int) -> AnimatedPNG {
    let clips = truth.first?.shape[0] ?? 0
    let pictures = zip(truth, prediction).map { truth, prediction in
      grid.image([truth, prediction].map { frames in (0..<clips).map { PNGImage(frames, frame: $0) } })
    }
    return AnimatedPNG(pictures, framesPerSecond: framesPerSecond)
  }
}

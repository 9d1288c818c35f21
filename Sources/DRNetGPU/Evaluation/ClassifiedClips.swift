import TensorEngine

/// What classifiers see of labelled clips: one row a clip for each input.
struct ClassifiedClips {
  /// (n, D) for each input.
  let inputs: [Classification.Input: HostTensor]
  /// The label of each clip, for each of the source's classes.
  let labels: [[Int]]

  /// Height and width that frames are reduced to. At full size a network would have more weights in its first layer than the
  /// whole model.
  static let pixelSide = 16
  /// Clips that are encoded at once.
  private static let batch = 20

  init<Source: LabelledSource>(
    _ clips: [Source.Clip], frames: Int, of source: Source, by extractor: FeatureExtractor
  ) throws {
    let sizes = extractor.model.sizes
    var (contents, poses, pixels): ([HostTensor], [HostTensor], [HostTensor]) = ([], [], [])
    for start in stride(from: 0, to: clips.count, by: Self.batch) {
      let part = Array(clips[start..<min(start + Self.batch, clips.count)])
      // Row n * frames + t is frame t of clip n.
      let images = try source.frames(
        of: part.flatMap { Array(repeating: $0, count: frames) }, at: part.indices.flatMap { _ in 0..<frames })
      let features = try extractor.encode(images)
      contents.append(Self.means(features.content, of: frames))
      poses.append(HostTensor([part.count, frames * sizes.poseDim], features.pose.values))
      let reduced = Self.reduced(images)
      pixels.append(HostTensor([part.count, reduced.values.count / part.count], reduced.values))
    }
    func rows(_ parts: [HostTensor]) -> HostTensor { HostTensor(rows: parts, of: [parts[0].shape[1]]) }
    inputs = [.content: rows(contents), .pose: rows(poses), .pixels: rows(pixels)]
    let labels = clips.map(source.labels)
    self.labels = source.classes.indices.map { place in labels.map { $0[place] } }
  }

  /// (n * frames, D) -> the means of each clip's frames, (n, D).
  private static func means(_ features: HostTensor, of frames: Int) -> HostTensor {
    let (rows, size) = (features.shape[0], features.shape[1])
    var sums = [Float](repeating: 0, count: rows / frames * size)
    for row in 0..<rows {
      for column in 0..<size { sums[row / frames * size + column] += features.values[row * size + column] }
    }
    return HostTensor([rows / frames, size], sums.map { $0 / Float(frames) })
  }

  /// (N, C, S, S) -> the means of squares of pixels, (N, C, 16, 16).
  private static func reduced(_ images: HostTensor) -> HostTensor {
    let (planes, side) = (images.shape[0] * images.shape[1], images.shape[2])
    let factor = side / pixelSide
    var means = [Float](repeating: 0, count: planes * pixelSide * pixelSide)
    for plane in 0..<planes {
      for row in 0..<side {
        let target = (plane * pixelSide + row / factor) * pixelSide
        let start = (plane * side + row) * side
        for column in 0..<side { means[target + column / factor] += images.values[start + column] }
      }
    }
    return HostTensor(
      [images.shape[0], images.shape[1], pixelSide, pixelSide], means.map { $0 / Float(factor * factor) })
  }
}

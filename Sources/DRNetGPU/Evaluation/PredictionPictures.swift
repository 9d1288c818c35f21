import TensorEngine

/// Pictures of a prediction. They consist of moments: the frames of all clips at one time, in rows, such as truth above
/// and prediction below with a column for each clip.
package struct PredictionPictures: Sendable {
  /// Moments that the model observed before the first that it predicted.
  package let observed: Int
  /// Integer zoom factor.
  package let scale: Int

  package init(observed: Int, scale: Int = 1) {
    self.observed = observed
    self.scale = scale
  }

  /// Truth above, prediction below, one column per clip. Both (N, C, S, S).
  package static func moment(truth: HostTensor, prediction: HostTensor) -> [[PNGImage]] {
    [truth, prediction].map { frames in (0..<frames.shape[0]).map { PNGImage(frames, frame: $0) } }
  }

  /// Moment `index` as a frame of a video. Its margin is light while the model observes and dark when it predicts.
  package func picture(_ moment: [[PNGImage]], index: Int) -> PNGImage {
    var grid = grid
    if index < observed { grid.background = 255 }
    return grid.image(moment)
  }

  /// Moments side by side: for each clip, as many rows as a moment has.
  package func strip(_ moments: [[[PNGImage]]]) -> PNGImage {
    let first = moments[0]
    return grid.image(
      first[0].indices.flatMap { clip in first.indices.map { row in moments.map { $0[row][clip] } } })
  }

  private var grid: ImageGrid {
    var grid = ImageGrid()
    grid.scale = scale
    return grid
  }
}

import TensorEngine

/// Pictures of a prediction, made of moments: the frames of all clips at one time, in rows, such as truth above and
/// prediction below with a column for each clip.
package struct PredictionPictures: Sendable {
  /// Moments that the model observed before the first that it predicted.
  package let observed: Int
  /// Whole factor by which frames are enlarged.
  package let scale: Int

  package init(observed: Int, scale: Int = 1) {
    self.observed = observed
    self.scale = scale
  }

  /// Truth above, prediction below, one column a clip. Both (N, C, S, S).
  package static func moment(truth: HostTensor, prediction: HostTensor) -> [[PNGImage]] {
    [truth, prediction].map { frames in (0..<frames.shape[0]).map { PNGImage(frames, frame: $0) } }
  }

  /// Moment `index` as a picture of a film, whose margin is light as long as the model observes and dark once it predicts.
  package func picture(_ moment: [[PNGImage]], index: Int) -> PNGImage {
    var grid = grid
    if index < observed { grid.background = 255 }
    return grid.image(moment)
  }

  /// Moments side by side: one row, or one below the other, for each clip.
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

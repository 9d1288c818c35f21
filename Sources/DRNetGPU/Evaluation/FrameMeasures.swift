import TensorEngine

/// The mean magnitude of the gradient of each frame, which falls if a frame is blurred: differences to the pixels below
/// and at the right, over all pixels but the last row and column, and over channels. Frames (N, C, H, W).
public func gradientMagnitudes(_ frames: HostTensor) -> [Double] {
  let (channels, height, width) = (frames.shape.channels, frames.shape.height, frames.shape.width)
  let count = channels * (height - 1) * (width - 1)
  return frames.values.withUnsafeBufferPointer { values in
    (0..<frames.shape[0]).map { frame in
      var sum = 0.0
      for channel in 0..<channels {
        for row in 0..<height - 1 {
          let first = ((frame * channels + channel) * height + row) * width
          for pixel in first..<first + width - 1 {
            let (down, right) = (values[pixel + width] - values[pixel], values[pixel + 1] - values[pixel])
            sum += Double((down * down + right * right).squareRoot())
          }
        }
      }
      return sum / Double(count)
    }
  }
}

/// The centre of intensity of each frame as row and column in pixels: where a single object on black is. Pixels darker
/// than 0.1 do not count, so that a background that is not quite black has no weight; without a bright pixel it is the
/// middle of the frame. Frames (N, C, H, W) in [0, 1].
public func intensityCentres(_ frames: HostTensor) -> [(y: Double, x: Double)] {
  let (channels, height, width) = (frames.shape.channels, frames.shape.height, frames.shape.width)
  return frames.values.withUnsafeBufferPointer { values in
    (0..<frames.shape[0]).map { frame in
      var (mass, y, x) = (0.0, 0.0, 0.0)
      for row in 0..<channels * height {
        let first = (frame * channels * height + row) * width
        for column in 0..<width where values[first + column] >= 0.1 {
          let value = Double(values[first + column])
          mass += value
          y += value * Double(row % height)
          x += value * Double(column)
        }
      }
      return mass > 0 ? (y / mass, x / mass) : (Double(height - 1) / 2, Double(width - 1) / 2)
    }
  }
}

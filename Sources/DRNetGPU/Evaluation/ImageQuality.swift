import Foundation
import TensorEngine

/// The peak signal-to-noise ratio of each frame, -10 log10(mean squared error), in dB. Frames (N, C, H, W) in [0, 1].
///
/// 1e-10 is added to the error, so that a frame without any error has 100 dB, as in the reference protocol.
public func peakSignalsToNoise(_ frames: HostTensor, _ truth: HostTensor) -> [Double] {
  precondition(frames.shape == truth.shape, "\(frames.shape) against \(truth.shape)")
  let count = frames.shape[0]
  let size = frames.shape.count / count
  return (0..<count).map { frame in
    let error = (frame * size..<(frame + 1) * size).reduce(0.0) { sum, index in
      let difference = Double(frames.values[index]) - Double(truth.values[index])
      return sum + difference * difference
    }
    return -10 * log10(error / Double(size) + 1e-10)
  }
}

/// The structural similarity (SSIM) of each frame (Wang et al., 2004): 1 if both are the same. Frames (N, C, H, W) in
/// [0, 1], at least 11 pixels high and wide.
///
/// As published: Gaussian window of 11 x 11 pixels, sigma 1.5, at all positions within the frame; population variances;
/// constants 0.01 and 0.03 of the range, so that frames in 0-255 give the same numbers. For colour frames it is the
/// mean over channels.
public func structuralSimilarities(_ frames: HostTensor, _ truth: HostTensor) -> [Double] {
  precondition(frames.shape == truth.shape, "\(frames.shape) against \(truth.shape)")
  let (height, width) = (frames.shape.height, frames.shape.width)
  let window = GaussianWindow(height: height, width: width)
  let size = height * width
  let planes = frames.shape.count / size
  var similarities = [Double](repeating: 0, count: planes)
  similarities.withUnsafeMutableBufferPointer { similarities in
    nonisolated(unsafe) let similarities = similarities
    parallelFor(planes) { chunk in
      for plane in chunk {
        let range = plane * size..<(plane + 1) * size
        similarities[plane] = window.similarity(
          frames.values[range].map(Double.init), truth.values[range].map(Double.init))
      }
    }
  }
  let channels = frames.shape.channels
  return stride(from: 0, to: planes, by: channels).map { start in
    similarities[start..<start + channels].reduce(0, +) / Double(channels)
  }
}

/// Weighted means over all windows that lie within a plane.
private struct GaussianWindow {
  private static let side = 11
  private static let sigma = 1.5
  private static let meanConstant = 0.01 * 0.01
  private static let varianceConstant = 0.03 * 0.03
  /// Along one axis; the window is their outer product.
  private static let weights: [Double] = {
    let weights = (0..<side).map { exp(-pow(Double($0 - side / 2), 2) / (2 * sigma * sigma)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  let height: Int
  let width: Int

  init(height: Int, width: Int) {
    precondition(height >= Self.side && width >= Self.side, "\(height) x \(width) pixels for a window of \(Self.side)")
    self.height = height
    self.width = width
  }

  func similarity(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (means(a), means(b))
    let (squareA, squareB) = (means(zip(a, a).map(*)), means(zip(b, b).map(*)))
    let product = means(zip(a, b).map(*))
    let sum = meanA.indices.reduce(0.0) { sum, index in
      let (a, b) = (meanA[index], meanB[index])
      let variances = squareA[index] - a * a + squareB[index] - b * b
      let covariance = product[index] - a * b
      let means = (2 * a * b + Self.meanConstant) / (a * a + b * b + Self.meanConstant)
      return sum + means * (2 * covariance + Self.varianceConstant) / (variances + Self.varianceConstant)
    }
    return sum / Double(meanA.count)
  }

  /// (H, W) -> (H - 10, W - 10), rows first.
  private func means(_ plane: [Double]) -> [Double] {
    let columns = width - Self.side + 1
    let narrow = [Double](unsafeUninitializedCapacity: height * columns) { output, count in
      for row in 0..<height {
        for column in 0..<columns {
          var sum = 0.0
          for tap in 0..<Self.side { sum += Self.weights[tap] * plane[row * width + column + tap] }
          output[row * columns + column] = sum
        }
      }
      count = height * columns
    }
    let rows = height - Self.side + 1
    return [Double](unsafeUninitializedCapacity: rows * columns) { output, count in
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for tap in 0..<Self.side { sum += Self.weights[tap] * narrow[(row + tap) * columns + column] }
          output[row * columns + column] = sum
        }
      }
      count = rows * columns
    }
  }
}

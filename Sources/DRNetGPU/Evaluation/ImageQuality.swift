import Foundation

/// Mean over frames of the peak signal-to-noise ratio, -10 log10(mean squared error), in dB. Frames (N, C, H, W) in [0, 1].
///
/// A frame without any error counts as 100 dB (an error of 1e-10), as in the reference protocol.
public func peakSignalToNoise(_ frames: HostTensor, _ truth: HostTensor) -> Double {
  precondition(frames.shape == truth.shape, "\(frames.shape) against \(truth.shape)")
  let count = frames.shape[0]
  let size = frames.shape.count / count
  let ratios = (0..<count).map { frame in
    let error = (frame * size..<(frame + 1) * size).reduce(0.0) { sum, index in
      let difference = Double(frames.values[index]) - Double(truth.values[index])
      return sum + difference * difference
    }
    return -10 * log10(error / Double(size) + 1e-10)
  }
  return ratios.reduce(0, +) / Double(count)
}

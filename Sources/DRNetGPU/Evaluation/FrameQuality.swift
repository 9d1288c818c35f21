import Foundation
import TensorEngine

/// How near decoded frames are to the true ones, over all that were added.
struct FrameQuality {
  private var psnr: [Double] = []
  private var ssim: [Double] = []
  private var gradient = 0.0
  private var trueGradient = 0.0

  /// Frames (N, C, H, W) in [0, 1].
  mutating func add(_ frames: HostTensor, _ truth: HostTensor) { add(frames, bestOf: [truth]) }

  /// Frames (N, C, H, W) in [0, 1], of which each may be any of several true ones: of PSNR and of SSIM the best counts.
  mutating func add(_ frames: HostTensor, bestOf truths: [HostTensor]) {
    psnr += best(truths.map { peakSignalsToNoise(frames, $0) })
    ssim += best(truths.map { structuralSimilarities(frames, $0) })
    gradient += gradientMagnitudes(frames).reduce(0, +)
    trueGradient += gradientMagnitudes(truths[0]).reduce(0, +)
  }

  /// In dB, mean over frames.
  var meanPSNR: Double { mean(psnr) }
  /// Mean over frames.
  var meanSSIM: Double { mean(ssim) }
  /// Squared error per pixel of frames in [0, 1], mean over frames.
  var meanSquaredError: Double { mean(psnr.map { pow(10, -$0 / 10) }) }
  /// Mean gradient magnitude of the frames as a share of that of the true ones; nil if these have no gradient.
  var sharpness: Double? { trueGradient > 0 ? gradient / trueGradient : nil }

  private func best(_ measures: [[Double]]) -> [Double] {
    measures[0].indices.map { frame in measures.map { $0[frame] }.max()! }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}

import TensorEngine

/// How well a model predicts held-out clips, frame by frame, compared with a copy of the last observed frame.
///
/// Protocol: the model observes the first frames of each clip and then runs freely, on its own poses. Only predicted
/// frames count. Each measure is the mean over clips; there is one prediction per clip, not the best of several.
public struct PredictionQuality: Codable, Equatable, Sendable {
  /// Frames observed.
  public var observed: Int
  /// Frames predicted after them.
  public var predicted: Int
  /// Held-out clips that were predicted.
  public var clips: Int
  /// Number of different clips from which these were drawn, each from a random frame on; nil if every draw makes a new
  /// clip.
  public var heldOutSet: Int?
  /// PSNR in dB, by predicted frame.
  public var psnr: [Double] = []
  /// SSIM, by predicted frame.
  public var ssim: [Double] = []
  /// PSNR in dB of the last observed frame in place of each prediction.
  public var copyPSNR: [Double] = []
  /// SSIM of the last observed frame in place of each prediction.
  public var copySSIM: [Double] = []
  /// Predictions per clip; the best one counts.
  public var bestOf = 1

  /// Frames of this many clips are held at once.
  private static let batch = 32

  /// Predicts held-out clips and compares them with the truth.
  /// - Parameters:
  ///   - prediction: the model and its pose LSTM.
  ///   - source: the clips.
  ///   - observed: frames to observe.
  ///   - predicted: frames to predict after them.
  ///   - count: number of clips.
  ///   - seed: seed of the clips; the same seed gives the same clips for every model.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public init<Source: ClipSource>(
    of prediction: PosePrediction, on source: Source, observed: Int, predicted: Int, clips count: Int, seed: UInt64
  ) throws {
    self.observed = observed
    self.predicted = predicted
    clips = count
    heldOutSet = source.clipCount(.heldOut)
    let clips = try source.clips(
      step: 2, size: count, length: observed + predicted, split: .heldOut, seed: seed, purpose: .probes)
    var sums = [Sums](repeating: Sums(), count: predicted)
    for start in stride(from: 0, to: count, by: Self.batch) {
      let part = Array(clips[start..<min(start + Self.batch, count)])
      let seen = try (0..<observed).map { try source.frames(of: part, at: $0) }
      var index = 0
      try prediction.predict(observed: seen, count: predicted) { frames in
        let truth = try source.frames(of: part, at: observed + index)
        sums[index].model.add(frames, truth)
        sums[index].copy.add(seen[observed - 1], truth)
        index += 1
      }
    }
    func means(_ sum: (Sums) -> Double) -> [Double] { sums.map { sum($0) / Double(count) } }
    psnr = means(\.model.psnr)
    ssim = means(\.model.ssim)
    copyPSNR = means(\.copy.psnr)
    copySSIM = means(\.copy.ssim)
  }

  /// Over clips.
  private struct Sums {
    var model = Sum()
    var copy = Sum()
  }

  private struct Sum {
    var psnr = 0.0
    var ssim = 0.0

    mutating func add(_ frames: HostTensor, _ truth: HostTensor) {
      psnr += peakSignalsToNoise(frames, truth).reduce(0, +)
      ssim += structuralSimilarities(frames, truth).reduce(0, +)
    }
  }

  /// A header, then one row per measure: the values at up to eight predicted frames, and the mean over all frames.
  public var table: [[String]] {
    let shown = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500].filter { $0 < predicted }.prefix(7) + [predicted]
    func row(_ name: String, _ values: [Double], _ digits: Int) -> [String] {
      let mean = values.reduce(0, +) / Double(values.count)
      return [name] + (shown.map { values[$0 - 1] } + [mean]).map { String(format: "%.\(digits)f", $0) }
    }
    return [
      ["predicted frame"] + shown.map(String.init) + ["mean"],
      row("PSNR dB", psnr, 1), row("PSNR dB of a copy", copyPSNR, 1), row("SSIM", ssim, 3),
      row("SSIM of a copy", copySSIM, 3),
    ]
  }

  /// How the numbers were measured, in one line.
  public var setting: String {
    let drawn = heldOutSet.map { " drawn from \($0)" } ?? ""
    return
      "\(observed) frames observed, \(predicted) predicted free-running, mean over \(clips) held-out clips\(drawn), one "
      + "prediction each (best of \(bestOf)); a copy is the last observed frame; SSIM with a Gaussian window of 11 x 11, "
      + "sigma 1.5, on 0-255"
  }
}

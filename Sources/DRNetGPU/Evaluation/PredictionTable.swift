import Foundation

extension PredictionQuality {
  /// A header, then one row per measure: the values at up to nine predicted frames, and the mean over all frames.
  public var table: [[String]] {
    let listed = predicted > 100 ? [1, 5, 10, 20, 50, 100, 200, 500] : [1, 2, 3, 5, 10, 20, 50]
    let shown = listed.filter { $0 < predicted } + [predicted]
    func row(_ name: String, _ values: [Double]?, _ digits: Int) -> [String]? {
      guard let values else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      return [name] + (shown.map { values[$0 - 1] } + [mean]).map { String(format: "%.\(digits)f", $0) }
    }
    return [["predicted frame"] + shown.map(String.init) + ["mean"]]
      + [
        row("PSNR dB", psnr, 1), row("PSNR dB of a copy", copyPSNR, 1),
        row("PSNR dB of constant velocity", velocityPSNR, 1), row("SSIM", ssim, 3), row("SSIM of a copy", copySSIM, 3),
        row("SSIM of constant velocity", velocitySSIM, 3), row("position error px", positionError, 1),
        row("position error px of a copy", copyPositionError, 1),
        row("position error px of constant velocity", velocityPositionError, 1),
        row("sharpness, truth is 1", sharpness, 2), row("spread of poses, first ten are 1", relativePoseSpread, 2),
      ].compactMap(\.self)
  }

  /// Whether there is a frame, and each measure has a value for every frame; a file may say otherwise.
  var isComplete: Bool {
    let optional = [
      velocityPSNR, velocitySSIM, positionError, copyPositionError, velocityPositionError, sharpness,
      relativePoseSpread,
    ]
    return predicted > 0
      && ([psnr, ssim, copyPSNR, copySSIM] + optional.compactMap(\.self)).allSatisfy { $0.count == predicted }
  }

  /// How the numbers were measured, in one line.
  public var setting: String {
    let drawn = heldOutSet.map { " drawn from \($0)" } ?? ""
    let velocity =
      velocityPSNR == nil
      ? "" : "; constant velocity draws the true objects at that of the last two observed frames, stopped by the border"
    let position = positionError == nil ? "" : "; positions are centres of intensity, without pixels darker than 0.1"
    return
      "\(observed) frames observed, \(predicted) predicted free-running, mean over \(clips) held-out clips\(drawn), one "
      + "prediction each (best of \(bestOf)); a copy is the last observed frame\(velocity); SSIM with a Gaussian window of "
      + "11 x 11, sigma 1.5, on 0-255\(position)"
  }
}

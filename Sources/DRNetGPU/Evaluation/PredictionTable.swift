import Foundation

extension PredictionQuality {
  /// A header, then one row per measure: the values at up to nine predicted frames, the mean over the first ten, and that over
  /// all.
  public var table: [[String]] {
    let listed = predicted > 100 ? [1, 5, 10, 20, 50, 100, 200, 500] : [1, 2, 3, 5, 10, 20, 50]
    let shown = listed.filter { $0 < predicted } + [predicted]
    let means = predicted > Self.beginning ? [Self.beginning, predicted] : [predicted]
    func row(_ name: String, _ values: [Double]?, _ digits: Int) -> [String]? {
      guard let values else { return nil }
      func mean(of count: Int) -> Double? {
        values.count < count ? nil : values.prefix(count).reduce(0, +) / Double(count)
      }
      let numbers = shown.map { $0 <= values.count ? values[$0 - 1] : nil } + means.map(mean)
      return [name] + numbers.map { $0.map { String(format: "%.\(digits)f", $0) } ?? "" }
    }
    return [["predicted frame"] + shown.map(String.init) + means.map { $0 == predicted ? "mean" : "1 to \($0)" }]
      + [
        row("PSNR dB", psnr, 1), row("PSNR dB of a copy", copyPSNR, 1),
        row("PSNR dB of constant velocity", velocityPSNR, 1), row("SSIM", ssim, 3), row("SSIM of a copy", copySSIM, 3),
        row("SSIM of constant velocity", velocitySSIM, 3),
        row("PSNR dB of a swap", swapPSNR, 1), row("SSIM of a swap", swapSSIM, 3),
        row("position error px", positionError, 1),
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
      && [swapPSNR, swapSSIM].compactMap(\.self).allSatisfy { $0.count == min(predicted, Self.beginning) }
      && ([psnr, ssim, copyPSNR, copySSIM] + optional.compactMap(\.self)).allSatisfy { $0.count == predicted }
  }

  /// How the numbers were measured, in one line.
  public var setting: String {
    let drawn = heldOutSet.map { " drawn from \($0)" } ?? ""
    let velocity =
      velocityPSNR == nil
      ? "" : "; constant velocity draws the true objects at that of the last two observed frames, stopped by the border"
    let swap =
      swapPSNR == nil
      ? ""
      : "; a swap has the next clip's content, against its objects on the true path, in the best order if nothing tells theirs"
    let position = positionError == nil ? "" : "; positions are centres of intensity, without pixels darker than 0.1"
    return
      "\(observed) frames observed, \(predicted) predicted free-running, mean over \(clips) held-out clips\(drawn), one "
      + "prediction each (best of \(bestOf)); a copy is the last observed frame\(velocity)\(swap); SSIM with a Gaussian window of "
      + "11 x 11, sigma 1.5, on 0-255\(position)"
  }
}

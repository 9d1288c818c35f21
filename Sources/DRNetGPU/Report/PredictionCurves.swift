extension PredictionQuality {
  /// Every measure by predicted frame.
  var curves: CurvePlot {
    func panel(
      _ title: String, _ curves: [(label: String, values: [Double]?)], reference: (value: Double, label: String)? = nil
    ) -> CurvePlot.Panel? {
      let series = curves.compactMap { curve in
        curve.values.map { values in
          CurvePlot.Series(curve.label, values.enumerated().map { (step: $0.offset + 1, value: $0.element) })
        }
      }
      return series.isEmpty ? nil : CurvePlot.Panel(title, .linear, series, reference: reference)
    }
    func compared(
      _ title: String, _ model: [Double]?, _ copy: [Double]?, _ velocity: [Double]?
    ) -> CurvePlot.Panel? {
      panel(title, [("prediction", model), ("copy of the last frame", copy), ("constant velocity", velocity)])
    }
    return CurvePlot(
      [
        compared("PSNR in dB", psnr, copyPSNR, velocityPSNR), compared("SSIM", ssim, copySSIM, velocitySSIM),
        compared("position error in pixels", positionError, copyPositionError, velocityPositionError),
        panel("sharpness", [("prediction", sharpness)], reference: (value: 1, label: "truth")),
        panel(
          "spread of poses", [("prediction", relativePoseSpread)], reference: (value: 1, label: "first ten frames")),
      ].compactMap(\.self),
      horizontalLabel: "predicted frame")
  }
}

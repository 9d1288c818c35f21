import TensorEngine

/// Neighbouring points of a long curve, combined: their mean is drawn as the line, their range as a pale band.
struct CurveSample {
  var step: Double
  var lowest: Double
  var mean: Double
  var highest: Double

  /// A panel is 364 pixels wide; more samples than this cannot be told apart.
  static let maxCount = 200

  static func samples(of points: [(step: Int, value: Double)]) -> [CurveSample] {
    let size = points.count.dividedRoundingUp(by: maxCount)
    guard size > 0 else { return [] }
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      let finite = part.filter(\.value.isFinite)
      let step = Double(part.reduce(0) { $0 + $1.step }) / Double(part.count)
      guard let low = finite.map(\.value).min(), let high = finite.map(\.value).max() else {
        return CurveSample(step: step, lowest: .nan, mean: .nan, highest: .nan)
      }
      let mean = finite.reduce(0) { $0 + $1.value } / Double(finite.count)
      return CurveSample(step: step, lowest: low, mean: mean, highest: high)
    }
  }
}

import Foundation

/// One axis of a plot: the values it spans, its scale and its ticks.
struct PlotAxis {
  let scale: CurvePlot.Scale
  /// The lowest and highest value shown.
  let lowest: Double
  let highest: Double
  let ticks: [Double]

  /// An axis that shows all of `values`; values that the scale cannot show are ignored.
  ///
  /// An axis `ofSteps` ends at the values instead of at round numbers, and its ticks are whole numbers.
  init(showing values: [Double], _ scale: CurvePlot.Scale, ofSteps: Bool = false) {
    let shown = values.filter { Self.canShow($0, scale) }
    var low = shown.min() ?? (scale == .linear ? 0 : 0.1)
    var high = shown.max() ?? 1
    // A range that is only rounding would have ticks that Double cannot tell apart.
    if high - low <= 1e-9 * max(abs(low), abs(high)) {
      let margin = low == 0 ? 1 : abs(low) / 2
      (low, high) = (low - margin, high + margin)
    }
    self.scale = scale
    if scale == .logarithmic, high / low >= 3 {
      let marks = Self.logarithmicMarks(low, high)
      lowest = marks.last { $0.value <= low }?.value ?? low
      highest = marks.first { $0.value >= high }?.value ?? high
      let powers = log10(highest / lowest)
      let isSparse = powers > 2
      let every = max(1, Int(powers / 5))
      ticks = marks.filter { [lowest, highest] mark in
        (lowest...highest).contains(mark.value)
          && (!isSparse || (mark.factor == 1 && mark.power.isMultiple(of: every)))
      }.map(\.value)
    } else {
      let step = max(Self.roundStep((high - low) / 4), ofSteps ? 1 : 0)
      let first = ofSteps ? (low / step).rounded(.up) : (low / step).rounded(.down)
      let last = ofSteps ? (high / step).rounded(.down) : (high / step).rounded(.up)
      // Only whole multiples of the step are ticks; a logarithmic axis must not reach 0.
      let marks = stride(from: first, through: last, by: 1).map { $0 * step }
        .filter { scale == .linear || $0 > 0 }
      lowest = ofSteps ? low : min(marks.first ?? low, low)
      highest = ofSteps ? high : max(marks.last ?? high, high)
      ticks = marks
    }
  }

  /// Position of a value: 0 at the lowest, 1 at the highest; nil if the scale cannot show it.
  func position(_ value: Double) -> Double? {
    guard Self.canShow(value, scale) else { return nil }
    return switch scale {
    case .linear: (value - lowest) / (highest - lowest)
    case .logarithmic: log(value / lowest) / log(highest / lowest)
    }
  }

  /// Values in the normal range of Float are shown: measures are Floats, and margins around it fit into Double.
  private static func canShow(_ value: Double, _ scale: CurvePlot.Scale) -> Bool {
    switch scale {
    case .linear: abs(value) <= Double(Float.greatestFiniteMagnitude)
    case .logarithmic: (Double(Float.leastNormalMagnitude)...Double(Float.greatestFiniteMagnitude)).contains(value)
    }
  }

  /// A short text for a tick: 0.05, 1.5, 20k, 3e-06.
  static func label(_ value: Double) -> String {
    switch abs(value) {
    case 1e9...: String(format: "%.3g", value)
    case 1e6...: String(format: "%.4g", value / 1e6) + "M"
    case 1e3...: String(format: "%.4g", value / 1e3) + "k"
    default: String(format: "%.4g", value)
    }
  }

  /// The nearest of 1, 2, 2.5, 5 and 10 times a power of ten that is at least `step`.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, floor(log10(step)))
    return power * ([1, 2, 2.5, 5].first { $0 * power >= step * 0.999 } ?? 10)
  }

  /// 1, 2 and 5 times the powers of ten around the range, in ascending order.
  private static func logarithmicMarks(
    _ low: Double, _ high: Double
  ) -> [(factor: Double, power: Int, value: Double)] {
    (Int(floor(log10(low)))...Int(ceil(log10(high)))).flatMap { power in
      [1.0, 2, 5].map { ($0, power, $0 * pow(10, Double(power))) }
    }
  }
}

import TensorEngine

/// Separated attribute predictability, SAP (Kumar et al., "Variational Inference of Disentangled Latent Concepts from
/// Unlabeled Observations", 2018): how much better the best single dimension predicts a factor than the second best, mean
/// over factors.
///
/// A class is predicted by a linear support vector machine on one dimension and scored by accuracy; a coordinate is scored by
/// its squared correlation with the dimension. As in disentanglement_lib and disent.
package enum AttributePredictability {
  static let method =
    "best single dimension less the second best: accuracy on held-out clips of a linear support vector machine "
    + "(C 0.01, balanced) for classes, squared correlation over training clips for coordinates"

  /// - Parameters:
  ///   - training: codes (n, D), standardised, and the factors of n training clips.
  ///   - heldOut: the same of held-out clips.
  /// - Returns: the mean over factors; nil if none varies.
  package static func score(
    training: (code: HostTensor, factors: [LabelledFactor]), heldOut: (code: HostTensor, factors: [LabelledFactor])
  ) -> Double? {
    let dimensions = (0..<training.code.shape[1]).map { (training.code.column($0), heldOut.code.column($0)) }
    var gaps: [Double] = []
    for (known, asked) in zip(training.factors, heldOut.factors) {
      if case .classes(let labels, let count) = known.values, case .classes(let truth, _) = asked.values,
        labels.contains(where: { $0 != labels[0] })
      {
        gaps.append(
          gap(
            dimensions.map { known, asked in
              let machine = ThresholdMachine(known, labels, count: count)
              return Double(zip(asked, truth).count { machine.label(of: $0) == $1 }) / Double(truth.count)
            }))
      }
      for values in known.values.coordinates where values.contains(where: { $0 != values[0] }) {
        gaps.append(gap(dimensions.map { squaredCorrelation($0.0, values) }))
      }
    }
    return gaps.isEmpty ? nil : gaps.reduce(0, +) / Double(gaps.count)
  }

  private static func gap(_ scores: [Double]) -> Double {
    let sorted = scores.sorted(by: >)
    return sorted[0] - (sorted.count > 1 ? sorted[1] : 0)
  }

  /// 0 if a dimension does not vary.
  private static func squaredCorrelation(_ a: [Float], _ b: [Float]) -> Double {
    let n = Double(a.count)
    let meanA = a.reduce(0.0) { $0 + Double($1) } / n
    let meanB = b.reduce(0.0) { $0 + Double($1) } / n
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (a, b) in zip(a, b) {
      let (a, b) = (Double(a) - meanA, Double(b) - meanB)
      ab += a * b
      aa += a * a
      bb += b * b
    }
    return aa > 0 ? ab * ab / (aa * bb) : 0
  }
}

/// A linear support vector machine on one number, one class against the others, as scikit-learn's
/// `LinearSVC(C=0.01, class_weight="balanced")` fits it: for each class w and b minimise
/// (w^2 + b^2) / 2 + sum of C_i max(0, 1 - y_i (w x_i + b))^2 with y_i = +-1, C_i = 0.01 n / (K n_k) for the class and 0.01
/// for the others.
struct ThresholdMachine {
  private static let cost = 0.01
  private let lines: [(label: Int, slope: Double, constant: Double)]

  init(_ x: [Float], _ labels: [Int], count: Int) {
    let values = x.map(Double.init)
    let sizes = (0..<count).map { label in labels.count { $0 == label } }
    let present = sizes.count { $0 > 0 }
    lines = sizes.indices.filter { sizes[$0] > 0 }.map { label in
      let own = Self.cost * Double(x.count) / Double(present * sizes[label])
      let (slope, constant) = Self.line(values, isOwn: labels.map { $0 == label }, ownCost: own)
      return (label, slope, constant)
    }
  }

  /// The class whose line is highest at x.
  func label(of x: Float) -> Int {
    lines.max { $0.slope * Double(x) + $0.constant < $1.slope * Double(x) + $1.constant }!.label
  }

  /// The minimum by Newton's method: between kinks the objective is quadratic.
  private static func line(_ x: [Double], isOwn: [Bool], ownCost: Double) -> (slope: Double, constant: Double) {
    var (slope, constant) = (0.0, 0.0)
    for _ in 0..<50 {
      var (xx, x1, one, toX, to1) = (1.0, 0.0, 1.0, 0.0, 0.0)
      for (value, isOwn) in zip(x, isOwn) {
        let sign = isOwn ? 1.0 : -1
        guard sign * (slope * value + constant) < 1 else { continue }
        let weight = 2 * (isOwn ? ownCost : cost)
        xx += weight * value * value
        x1 += weight * value
        one += weight
        toX += weight * sign * value
        to1 += weight * sign
      }
      let determinant = xx * one - x1 * x1
      let next = (slope: (toX * one - to1 * x1) / determinant, constant: (to1 * xx - toX * x1) / determinant)
      let change = abs(next.slope - slope) + abs(next.constant - constant)
      (slope, constant) = next
      if change < 1e-10 { break }
    }
    return (slope, constant)
  }
}

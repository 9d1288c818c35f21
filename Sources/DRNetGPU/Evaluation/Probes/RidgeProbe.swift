import COpenBLAS
import TensorEngine

/// A linear probe by ridge regression: how well a linear map predicts targets from features.
///
/// It minimises |X W + b - Y|^2 + lambda n |W|^2 over n rows, with a free constant b. Classes are predicted as numbers, 0 or
/// 1 for each class, and the largest counts.
package struct RidgeProbe: Probe {
  /// The values of lambda to choose from, largest first.
  package static let penalties = [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8]

  static let method =
    "least squares with a penalty of lambda n |W|^2 and a free constant; lambda from 1e-8, 1e-7 ... 10, the one with the "
    + "least squared error on the last fifth of the training clips when fitted on the others; classes as 0 or 1, the "
    + "largest counts"

  /// lambda.
  package let penalty: Double
  /// (D, K), row-major.
  private let weights: [Double]
  private let featureMeans: [Double]
  private let targetMeans: [Double]

  /// Chooses the penalty on the last fifth of the rows, then fits to all.
  /// - Parameters:
  ///   - features: (n, D), standardised; at least two rows.
  ///   - targets: (n, K).
  package init(features: HostTensor, targets: HostTensor) {
    let n = features.shape[0]
    let kept = n - max(1, n / 5)
    let fitted = Equations(features.rows(0..<kept), targets.rows(0..<kept))
    let (held, heldTargets) = (features.rows(kept..<n), targets.rows(kept..<n))
    var best = (penalty: Self.penalties[0], error: Double.infinity)
    for penalty in Self.penalties {
      let probe = RidgeProbe(fitted, penalty: penalty)
      let error = zip(probe.predict(held).values, heldTargets.values).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      if error < best.error { best = (penalty, error) }
    }
    self.init(features: features, targets: targets, penalty: best.penalty)
  }

  /// - Parameters:
  ///   - features: (n, D).
  ///   - targets: (n, K).
  ///   - penalty: lambda.
  package init(features: HostTensor, targets: HostTensor, penalty: Double) {
    self.init(Equations(features, targets), penalty: penalty)
  }

  private init(_ equations: Equations, penalty: Double) {
    self.penalty = penalty
    (featureMeans, targetMeans) = (equations.featureMeans, equations.targetMeans)
    weights = equations.weights(penalty: penalty)
  }

  /// The equations of a fit, to be solved for any penalty.
  private struct Equations {
    let featureMeans: [Double]
    let targetMeans: [Double]
    /// (n, D), centred.
    private let x: [Double]
    private let (n, size, columns): (Int, Int, Int)
    /// X' X, (D, D); of more features than rows X X', (n, n).
    private let gram: [Double]
    /// (X' Y)', (K, D); of more features than rows Y', (K, n).
    private let right: [Double]

    init(_ features: HostTensor, _ targets: HostTensor) {
      let (n, size, columns) = (features.shape[0], features.shape[1], targets.shape[1])
      (self.n, self.size, self.columns) = (n, size, columns)
      (featureMeans, targetMeans) = (ColumnScale(features).means, ColumnScale(targets).means)
      let (x, y) = (RidgeProbe.centred(features, featureMeans), RidgeProbe.centred(targets, targetMeans))
      let order = min(size, n)
      var gram = [Double](repeating: 0, count: order * order)
      var right = [Double](repeating: 0, count: columns * order)
      if size <= n {
        Double.gemm(
          transposeA: true, transposeB: false, m: size, n: size, k: n, alpha: 1, x, leadingA: size, x,
          leadingB: size, beta: 0, &gram, leadingC: size)
        Double.gemm(
          transposeA: true, transposeB: false, m: columns, n: size, k: n, alpha: 1, y, leadingA: columns, x,
          leadingB: size, beta: 0, &right, leadingC: size)
      } else {
        Double.gemm(
          transposeA: false, transposeB: true, m: n, n: n, k: size, alpha: 1, x, leadingA: size, x, leadingB: size,
          beta: 0, &gram, leadingC: n)
        right = (0..<columns * n).map { y[$0 % n * columns + $0 / n] }
      }
      (self.x, self.gram, self.right) = (x, gram, right)
    }

    /// W = (X' X + shift)^-1 X' Y, or W = X' (X X' + shift)^-1 Y, which is the same, of n equations where features are more
    /// than rows; (D, K), row-major.
    func weights(penalty: Double) -> [Double] {
      var (gram, solution) = (gram, right)
      RidgeProbe.solve(&gram, &solution, penalty * Double(n), min(size, n))
      guard size > n else { return (0..<size * columns).map { solution[$0 % columns * size + $0 / columns] } }
      var weights = [Double](repeating: 0, count: size * columns)
      Double.gemm(
        transposeA: true, transposeB: true, m: size, n: columns, k: n, alpha: 1, x, leadingA: size, solution,
        leadingB: n, beta: 0, &weights, leadingC: columns)
      return weights
    }
  }

  /// Replaces `right` (K, order) row-major, which is (order, K) column-major as LAPACK takes it, by the solution of
  /// (gram + shift) solution = right.
  private static func solve(_ gram: inout [Double], _ right: inout [Double], _ shift: Double, _ order: Int) {
    for index in 0..<order { gram[index * order + index] += shift }
    var (size, columns, status) = (Int32(order), Int32(right.count / order), Int32(0))
    dposv_("L", &size, &columns, &gram, &size, &right, &size, &status)
    precondition(status == 0, "a ridge system is positive definite")
  }

  package func predict(_ features: HostTensor) -> HostTensor {
    let (n, size, columns) = (features.shape[0], featureMeans.count, targetMeans.count)
    var y = (0..<n * columns).map { targetMeans[$0 % columns] }
    Double.gemm(
      transposeA: false, transposeB: false, m: n, n: columns, k: size, alpha: 1,
      Self.centred(features, featureMeans), leadingA: size, weights, leadingB: columns, beta: 1, &y, leadingC: columns)
    return HostTensor([n, columns], y.map { Float($0) })
  }

  private static func centred(_ rows: HostTensor, _ means: [Double]) -> [Double] {
    rows.values.enumerated().map { Double($1) - means[$0 % means.count] }
  }
}

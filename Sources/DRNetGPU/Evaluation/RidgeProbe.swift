import COpenBLAS
import TensorEngine

/// A linear probe by ridge regression: how well a linear map predicts targets from features.
///
/// It minimises |X W - Y|^2 + lambda n |W|^2, with a constant column in X.
package struct RidgeProbe {
  /// (D + 1, K), row-major; the last row is that of the constant.
  private let weights: [Double]
  private let featureCount: Int
  private let targetCount: Int

  /// - Parameters:
  ///   - features: (n, D).
  ///   - targets: (n, K).
  ///   - penalty: lambda.
  package init(features: HostTensor, targets: HostTensor, penalty: Double = 1e-3) {
    let n = features.shape[0]
    featureCount = features.shape[1]
    targetCount = targets.shape[1]
    let size = featureCount + 1
    let x = Self.withConstant(features)
    let y = targets.values.map(Double.init)
    var gram = [Double](repeating: 0, count: size * size)
    var moments = [Double](repeating: 0, count: targetCount * size)
    cblas_dsyrk(
      CblasColMajor, CblasLower, CblasNoTrans, Int32(size), Int32(n), 1, x, Int32(size), 0, &gram, Int32(size))
    for index in 0..<size { gram[index * size + index] += penalty * Double(n) }
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(targetCount), Int32(n), 1, x, Int32(size), y,
      Int32(targetCount), 0, &moments, Int32(size))
    var (order, columns, status) = (Int32(size), Int32(targetCount), Int32(0))
    dposv_("L", &order, &columns, &gram, &order, &moments, &order, &status)
    precondition(status == 0, "a ridge system is positive definite")
    var weights = [Double](repeating: 0, count: size * targetCount)
    for row in 0..<size {
      for column in 0..<targetCount { weights[row * targetCount + column] = moments[column * size + row] }
    }
    self.weights = weights
  }

  /// The predictions for features (n, D): (n, K).
  package func predict(_ features: HostTensor) -> HostTensor {
    let n = features.shape[0]
    let x = Self.withConstant(features)
    var y = [Double](repeating: 0, count: n * targetCount)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(targetCount), Int32(featureCount + 1), 1, x,
      Int32(featureCount + 1), weights, Int32(targetCount), 0, &y, Int32(targetCount))
    return HostTensor([n, targetCount], y.map { Float($0) })
  }

  private static func withConstant(_ features: HostTensor) -> [Double] {
    let width = features.shape[1]
    var x: [Double] = []
    x.reserveCapacity(features.shape[0] * (width + 1))
    for row in 0..<features.shape[0] {
      for column in 0..<width { x.append(Double(features.values[row * width + column])) }
      x.append(1)
    }
    return x
  }
}

/// Share of rows whose largest score is that of the row's label. scores (n, K).
package func accuracy(scores: HostTensor, labels: [Int]) -> Double {
  let classes = scores.shape[1]
  let hits = labels.indices.filter { row in
    let rowScores = scores.values[row * classes..<(row + 1) * classes]
    return rowScores.indices.max { rowScores[$0] < rowScores[$1] }! - row * classes == labels[row]
  }
  return Double(hits.count) / Double(labels.count)
}

/// The coefficient of determination R^2 = 1 - sum (y - p)^2 / sum (y - mean y)^2, over all columns together: 1 is
/// perfect, 0 is as good as the mean. Both (n, K).
package func determination(predicted: HostTensor, actual: HostTensor) -> Double {
  let (n, columns) = (actual.shape[0], actual.shape[1])
  var (residual, total) = (0.0, 0.0)
  for column in 0..<columns {
    let values = (0..<n).map { Double(actual.values[$0 * columns + column]) }
    let mean = values.reduce(0, +) / Double(n)
    for row in 0..<n {
      let error = values[row] - Double(predicted.values[row * columns + column])
      residual += error * error
      total += (values[row] - mean) * (values[row] - mean)
    }
  }
  return 1 - residual / total
}

import TensorEngine

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

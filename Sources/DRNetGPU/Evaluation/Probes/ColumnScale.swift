import TensorEngine

/// Mean and standard deviation of each column of a matrix, to standardise others with.
package struct ColumnScale: Sendable {
  package let means: [Double]
  /// Population standard deviations.
  package let deviations: [Double]
  /// What a centred column is multiplied by; 0 for a column without variation, which stays 0.
  private let factors: [Double]

  /// The columns of `rows` (n, D).
  package init(_ rows: HostTensor) {
    let (n, columns) = (rows.shape[0], rows.shape[1])
    var (means, deviations) = ([Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns))
    for (index, value) in rows.values.enumerated() { means[index % columns] += Double(value) / Double(n) }
    for (index, value) in rows.values.enumerated() {
      let centred = Double(value) - means[index % columns]
      deviations[index % columns] += centred * centred / Double(n)
    }
    self.means = means
    self.deviations = deviations.map { $0.squareRoot() }
    // Float32 rounds to 6e-8 of a value: what varies by less than ten times that does not vary.
    factors = zip(means, self.deviations).map { $1 > 6e-7 * abs($0) && $1 > 0 ? 1 / $1 : 0 }
  }

  /// (n, D), each column less the mean and divided by the standard deviation.
  package func standardise(_ rows: HostTensor) -> HostTensor {
    let columns = means.count
    return HostTensor(
      rows.shape,
      rows.values.enumerated().map { Float((Double($1) - means[$0 % columns]) * factors[$0 % columns]) })
  }

  /// The inverse of `standardise`; a column without variation is its mean.
  package func restore(_ rows: HostTensor) -> HostTensor {
    let columns = means.count
    return HostTensor(
      rows.shape, rows.values.enumerated().map { Float(Double($1) * deviations[$0 % columns] + means[$0 % columns]) })
  }
}

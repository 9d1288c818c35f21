/// Median and range of several measurements.
package struct Sample: Equatable, Sendable {
  package let median: Double
  package let minimum: Double
  package let maximum: Double

  /// - Parameter values: at least one.
  package init(_ values: [Double]) {
    precondition(!values.isEmpty, "a sample of nothing")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    (minimum, maximum) = (sorted.first!, sorted.last!)
  }
}

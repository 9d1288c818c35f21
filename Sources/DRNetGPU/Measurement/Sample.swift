/// Several measurements of one thing.
public struct Sample: Equatable, Sendable {
  public let median: Double
  public let least: Double
  public let most: Double

  /// - Parameter values: at least one.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "a sample of nothing")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    (least, most) = (sorted.first!, sorted.last!)
  }
}

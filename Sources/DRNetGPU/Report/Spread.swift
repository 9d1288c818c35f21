import Foundation

/// The median of several measurements, such as over seeds, with their range.
package struct Spread: Equatable, Codable, Sendable {
  /// The middle value, or the mean of the two middle ones.
  package let median: Double
  package let min: Double
  package let max: Double

  /// nil if there are no values.
  package init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
    median = low + (high - low) / 2
    min = first
    max = last
  }

  /// The median, and the range if there is one: `19.12 (18.70 to 19.41)`.
  package func text(decimals: Int) -> String {
    func number(_ value: Double) -> String { String(format: "%.\(decimals)f", value) }
    return min == max ? number(median) : "\(number(median)) (\(number(min)) to \(number(max)))"
  }

  /// Decimals for a column of such numbers: four digits of the largest, and three decimals at most; none for whole ones.
  package static func decimals(of column: [Spread]) -> Int {
    guard column.contains(where: { [$0.median, $0.min, $0.max].contains { $0 != $0.rounded() } }) else { return 0 }
    let largest = column.map { Swift.max(abs($0.min), abs($0.max)) }.max() ?? 0
    let digits = largest >= 1 ? Int(log10(largest)) : 0
    return Swift.max(0, 3 - digits)
  }
}

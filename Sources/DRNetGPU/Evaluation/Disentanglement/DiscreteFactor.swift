import TensorEngine

/// A factor of n clips with few values: a class, or one coordinate in 20 bins of equal width between its smallest and
/// largest value, as the measures in this folder take them.
package struct DiscreteFactor: Sendable {
  /// 0..<`count` for each clip.
  package let labels: [Int]
  package let count: Int

  package init(labels: [Int], count: Int) { (self.labels, self.count) = (labels, count) }

  /// Whether more than one value occurs.
  var varies: Bool { labels.contains { $0 != labels[0] } }

  /// The factors of training clips and of held-out clips, with the bins of the training clips; those that do not vary in
  /// the training clips are skipped.
  static func pairs(
    _ training: [LabelledFactor], _ heldOut: [LabelledFactor]
  ) -> (training: [DiscreteFactor], heldOut: [DiscreteFactor]) {
    let pairs = zip(training, heldOut).flatMap { known, asked in
      if case .classes(let labels, let count) = known.values, case .classes(let others, _) = asked.values {
        return [(DiscreteFactor(labels: labels, count: count), DiscreteFactor(labels: others, count: count))]
      }
      return zip(known.values.coordinates, asked.values.coordinates).map { known, asked in
        let bins = EqualBins(known)
        return (
          DiscreteFactor(labels: bins.bins(of: known), count: EqualBins.count),
          DiscreteFactor(labels: bins.bins(of: asked), count: EqualBins.count)
        )
      }
    }.filter { $0.0.varies }
    return (pairs.map(\.0), pairs.map(\.1))
  }
}

extension FactorValues {
  /// The columns of a factor of numbers; none for classes.
  var coordinates: [[Float]] {
    guard case .numbers(let numbers) = self else { return [] }
    return (0..<numbers.shape[1]).map(numbers.column)
  }
}

/// Bins of equal width between the smallest and the largest of some values, as numpy's `histogram` makes them.
package struct EqualBins: Sendable {
  package static let count = 20
  /// The lower edge of each bin.
  private let edges: [Double]

  package init(_ values: [Float]) {
    let smallest = Double(values.min() ?? 0)
    let width = (Double(values.max() ?? 0) - smallest) / Double(Self.count)
    edges = (0..<Self.count).map { smallest + Double($0) * width }
  }

  /// The bin of each value, 0..<20; values outside count to the first or last bin.
  package func bins(of values: [Float]) -> [Int] {
    values.map { value in edges.lastIndex { $0 <= Double(value) } ?? 0 }
  }
}

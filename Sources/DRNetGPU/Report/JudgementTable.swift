import Foundation

extension Judgement {
  /// A table for each class: a row for each kind of clips.
  public var tables: [(name: String, rows: [[String]])] {
    judge.classes.map { known in
      let rows = readings.filter { $0.name == known.name }.map { reading in
        [reading.clips.label]
          + [
            reading.text(\.accuracy, digits: 4), reading.text(\.inceptionScore, digits: 3),
            reading.text(\.conditionalEntropy, digits: 4), reading.text(\.marginalEntropy, digits: 3),
            String(format: "%.2f", reading.chance),
          ]
      }
      return (known.name, [[known.name, "accuracy", "IS", "H(y|x)", "H(y)", "chance"]] + rows)
    }
  }
}

extension Judgement.Reading {
  /// The median of a score over the repeats.
  public func median(_ score: KeyPath<JudgementScores, Double>) -> Double {
    let sorted = scores.map { $0[keyPath: score] }.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// Median (from, to); the median alone where all are the same.
  fileprivate func text(_ score: KeyPath<JudgementScores, Double>, digits: Int) -> String {
    func number(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
    let values = scores.map { $0[keyPath: score] }
    let (middle, low, high) = (number(median(score)), number(values.min() ?? 0), number(values.max() ?? 0))
    return low == high ? middle : "\(middle) (\(low), \(high))"
  }
}

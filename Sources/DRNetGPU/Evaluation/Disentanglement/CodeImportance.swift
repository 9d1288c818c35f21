import Foundation
import TensorEngine

/// Disentanglement, completeness and informativeness, DCI (Eastwood and Williams, "A Framework for the Quantitative Evaluation
/// of Disentangled Representations", 2018), from the importance of each dimension of a code for each factor.
package struct CodeImportance: Sendable {
  /// `values[dimension][factor]`; the sum over dimensions is 1 for each factor, or 0 if no dimension matters.
  package let values: [[Double]]
  /// Mean over factors of the accuracy on held-out clips.
  package let informativeness: Double

  package init(values: [[Double]], informativeness: Double = 0) {
    (self.values, self.informativeness) = (values, informativeness)
  }

  /// Importances of gradient-boosted trees, as in disentanglement_lib and disent.
  /// - Parameters:
  ///   - code: (n, D) of training clips.
  ///   - known: their factors; each varies.
  ///   - heldOut: (m, D) of held-out clips.
  ///   - asked: their factors, in the same order.
  ///   - seed: decides between dimensions that the trees could cut equally well.
  package init(
    of code: HostTensor, _ known: [DiscreteFactor], heldOut: HostTensor, _ asked: [DiscreteFactor], seed: UInt64
  ) {
    let binned = BinnedCode(code)
    let askedBins = binned.bins(of: heldOut)
    let trees = known.map { BoostedTrees(known: binned.bins, labels: $0.labels, asked: askedBins, seed: seed) }
    let accuracies = zip(trees, asked).map { trees, factor in
      Double(zip(trees.predicted, factor.labels).count { $0 == $1 }) / Double(factor.labels.count)
    }
    values = binned.bins.indices.map { dimension in trees.map { $0.importances[dimension] } }
    informativeness = accuracies.reduce(0, +) / Double(accuracies.count)
  }

  /// For each dimension 1 less the entropy of its importances over factors, in units of the largest; mean weighted by the
  /// dimension's importance. 1 if each dimension matters for one factor only; nil for a single factor.
  package var disentanglement: Double? { Self.concentration(values) }

  /// For each factor 1 less the entropy of its importances over dimensions, in units of the largest; mean weighted by the
  /// factor's importance. 1 if each factor needs one dimension only; nil for a single dimension.
  package var completeness: Double? {
    guard let factors = values.first?.count else { return nil }
    return Self.concentration((0..<factors).map { factor in values.map { $0[factor] } })
  }

  private static func concentration(_ rows: [[Double]]) -> Double? {
    guard let columns = rows.first?.count, columns > 1 else { return nil }
    let sums = rows.map { $0.reduce(0, +) }
    let total = sums.reduce(0, +)
    return zip(rows, sums).reduce(0) { result, row in
      // disent adds 1e-11 too, for rows that are all 0.
      let shifted = row.0.map { $0 + 1e-11 }
      let sum = shifted.reduce(0, +)
      let entropy = shifted.reduce(0) { $0 - $1 / sum * log($1 / sum) } / log(Double(columns))
      return result + (1 - entropy) * (total > 0 ? row.1 / total : 1 / Double(rows.count))
    }
  }
}

import Foundation
import TensorEngine

/// The mutual information gap, MIG (Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018):
/// for each factor the mutual information with the dimension that knows most of it, less that with the second, divided by
/// the factor's entropy; mean over factors. 1 if each factor is in one dimension alone.
///
/// Dimensions are cut into 20 bins of equal width, as in disentanglement_lib and disent.
package enum MutualInformationGap {
  static let method = "dimensions and coordinates in \(EqualBins.count) bins of equal width, on held-out clips"

  /// - Parameters:
  ///   - code: (n, D).
  ///   - factors: the factors of the same n clips; those that do not vary are skipped.
  /// - Returns: the mean over factors; nil if none varies.
  package static func score(_ code: HostTensor, _ factors: [DiscreteFactor]) -> Double? {
    let varying = factors.filter(\.varies)
    guard !varying.isEmpty else { return nil }
    let dimensions = (0..<code.shape[1]).map { dimension in
      let values = code.column(dimension)
      return EqualBins(values).bins(of: values)
    }
    let gaps = varying.map { factor in
      let shared = dimensions.map { information($0, EqualBins.count, factor.labels, factor.count) }.sorted(by: >)
      let entropy = information(factor.labels, factor.count, factor.labels, factor.count)
      return (shared[0] - (shared.count > 1 ? shared[1] : 0)) / entropy
    }
    return gaps.reduce(0, +) / Double(gaps.count)
  }

  /// The mutual information of two labellings in nats.
  private static func information(_ a: [Int], _ countA: Int, _ b: [Int], _ countB: Int) -> Double {
    let n = Double(a.count)
    var joint = [Double](repeating: 0, count: countA * countB)
    var (ofA, ofB) = ([Double](repeating: 0, count: countA), [Double](repeating: 0, count: countB))
    for (a, b) in zip(a, b) {
      joint[a * countB + b] += 1
      ofA[a] += 1
      ofB[b] += 1
    }
    return joint.enumerated().reduce(0) { sum, cell in
      guard cell.element > 0 else { return sum }
      return sum + cell.element / n * log(cell.element * n / (ofA[cell.offset / countB] * ofB[cell.offset % countB]))
    }
  }
}

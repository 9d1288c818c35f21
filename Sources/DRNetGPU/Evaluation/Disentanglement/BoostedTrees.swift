import Foundation
import TensorEngine

/// A classifier by gradient-boosted trees with the defaults of scikit-learn's `GradientBoostingClassifier`: multinomial
/// deviance, 100 stages of one tree of depth 3 for each class, rate 0.1 (Friedman, "Greedy Function Approximation", 2001).
struct BoostedTrees {
  static let stages = 100
  private static let rate = 0.1

  /// How much the cuts in each dimension lower the squared error of the trees; the sum is 1, or 0 if there is no cut.
  let importances: [Double]
  /// The most probable class of each clip of `asked`.
  let predicted: [Int]

  /// - Parameters:
  ///   - known: the bins of training clips, by dimension.
  ///   - labels: their classes; not all the same.
  ///   - asked: the bins of other clips, by dimension.
  ///   - seed: decides between dimensions that cut equally well. In small nodes there are many, and always taking the first
  ///     would overstate it.
  init(known: [[UInt8]], labels: [Int], asked: [[UInt8]], seed: UInt64) {
    let classes = Set(labels).sorted()
    let n = labels.count
    // The first prediction is each class's logarithmic frequency. A constant added to all classes changes nothing.
    let priors = classes.map { label in log(Double(labels.count { $0 == label }) / Double(n)) }
    var scores = priors.map { [Double](repeating: $0, count: n) }
    var askedScores = priors.map { [Double](repeating: $0, count: asked[0].count) }
    var gains = [[Double]](repeating: [Double](repeating: 0, count: known.count), count: classes.count)
    let isOwn = classes.map { label in labels.map { $0 == label ? 1.0 : 0 } }
    for stage in 0..<Self.stages {
      let probabilities = Self.softmax(scores)
      // The trees of a stage do not depend on each other.
      Self.forEachClass(&scores, &askedScores, &gains) { index, scores, askedScores, gains in
        let residuals = zip(isOwn[index], probabilities[index]).map { $0 - $1 }
        var random = CounterRandom(
          seed: seed, purpose: .probes, step: ProbeStep.trees, sample: stage * classes.count + index)
        let order = random.distinct(known.count, in: 0...known.count - 1)
        let (tree, leaves) = RegressionTree.grown(residuals, known, order: order)
        let values = Self.leafValues(residuals, probabilities[index], leaves, classes: classes.count)
        for clip in scores.indices { scores[clip] += Self.rate * values[Int(leaves[clip])] }
        for (clip, leaf) in tree.leaves(asked).enumerated() { askedScores[clip] += Self.rate * values[Int(leaf)] }
        for (dimension, gain) in tree.gains.enumerated() { gains[dimension] += gain }
      }
    }
    let sums = known.indices.map { dimension in gains.reduce(0) { $0 + $1[dimension] } }
    let total = sums.reduce(0, +)
    importances = sums.map { total > 0 ? $0 / total : 0 }
    predicted = asked[0].indices.map { clip in
      classes[classes.indices.max { askedScores[$0][clip] < askedScores[$1][clip] }!]
    }
  }

  private static func softmax(_ scores: [[Double]]) -> [[Double]] {
    var result = scores
    for clip in scores[0].indices {
      let largest = scores.reduce(-Double.infinity) { max($0, $1[clip]) }
      var sum = 0.0
      for index in scores.indices {
        result[index][clip] = exp(scores[index][clip] - largest)
        sum += result[index][clip]
      }
      for index in scores.indices { result[index][clip] /= sum }
    }
    return result
  }

  /// One Newton step of the deviance in each leaf: (K - 1) / K * sum of residuals / sum of p (1 - p).
  private static func leafValues(
    _ residuals: [Double], _ probabilities: [Double], _ leaves: [UInt8], classes: Int
  ) -> [Double] {
    let nodes = Int(leaves.max() ?? 0) + 1
    var (slopes, curvatures) = ([Double](repeating: 0, count: nodes), [Double](repeating: 0, count: nodes))
    for (clip, leaf) in leaves.enumerated() {
      slopes[Int(leaf)] += residuals[clip]
      curvatures[Int(leaf)] += probabilities[clip] * (1 - probabilities[clip])
    }
    let share = Double(classes - 1) / Double(classes)
    return zip(slopes, curvatures).map { $1 < 1e-150 ? 0 : share * $0 / $1 }
  }

  /// Runs `body` for each class, with its own elements of the three arrays, on all cores.
  private static func forEachClass(
    _ scores: inout [[Double]], _ askedScores: inout [[Double]], _ gains: inout [[Double]],
    _ body: (Int, inout [Double], inout [Double], inout [Double]) -> Void
  ) {
    let count = scores.count
    scores.withUnsafeMutableBufferPointer { scores in
      askedScores.withUnsafeMutableBufferPointer { askedScores in
        gains.withUnsafeMutableBufferPointer { gains in
          nonisolated(unsafe) let (scores, askedScores, gains) = (scores, askedScores, gains)
          parallelFor(count) { chunk in
            for index in chunk { body(index, &scores[index], &askedScores[index], &gains[index]) }
          }
        }
      }
    }
  }
}

import Foundation
import TensorEngine

/// What the judge's probabilities of one class say of a set of clips. Entropies are in nats.
public struct JudgementScores: Codable, Equatable, Sendable {
  /// Share of the clips whose most probable value is the wanted one.
  public var accuracy: Double
  /// IS = exp of the mean over clips of KL(p(y|x) || p(y)), with p(y) the mean of p(y|x): from 1 to the number of values.
  public var inceptionScore: Double
  /// H(y|x), the mean over clips of the entropy of p(y|x): 0 if the judge is always sure.
  public var conditionalEntropy: Double
  /// H(y), the entropy of p(y): the logarithm of the number of values if all occur alike.
  public var marginalEntropy: Double

  /// - Parameters:
  ///   - probabilities: p(y|x) of n clips, (n, K), whose rows add up to 1.
  ///   - labels: the wanted value of each clip.
  public init(probabilities: HostTensor, labels: [Int]) {
    let (n, count) = (probabilities.shape[0], probabilities.shape[1])
    var sums = [Double](repeating: 0, count: count)
    var ofClips = 0.0
    for row in 0..<n {
      let clip = (0..<count).map { Double(probabilities.values[row * count + $0]) }
      ofClips += Self.entropy(clip)
      for (index, probability) in clip.enumerated() { sums[index] += probability }
    }
    accuracy = DRNetGPU.accuracy(scores: probabilities, labels: labels)
    conditionalEntropy = ofClips / Double(n)
    marginalEntropy = Self.entropy(sums.map { $0 / Double(n) })
    // The mean of KL(p(y|x) || p(y)) is H(y) - H(y|x), since p(y) is the mean of p(y|x).
    inceptionScore = exp(marginalEntropy - conditionalEntropy)
  }

  /// -sum of p log p, where 0 log 0 is 0.
  private static func entropy(_ probabilities: [Double]) -> Double {
    probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
  }
}

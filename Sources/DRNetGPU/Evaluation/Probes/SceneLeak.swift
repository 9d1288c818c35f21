import TensorEngine

/// What a fresh scene discriminator finds in frozen poses: whether two frames are from the same clip.
///
/// The scene discriminator of the training is a moving opponent; at its 50 % a fresh one may still be right. But poses that
/// hold nothing except what moves do not give 50 % either, since two frames of a clip are near each other. So the same
/// network is also trained on the true factors: what it reaches there is the floor, and only the difference is a leak.
public struct SceneLeak: Codable, Equatable, Sendable {
  /// Balanced accuracy on the poses of held-out clips.
  public var accuracy: Double
  /// The same on the true factors.
  public var floor: Double
  /// `accuracy` less `floor`.
  public var leak: Double
  /// Frames between the two frames of a clip: 1 to this many.
  public var maxStep: Int

  private static let steps = 600
  private static let pairs = 256

  /// How it is measured, in one line.
  public var method: String {
    "a network as the MLP probe's on two poses at once, \(Self.steps) steps of \(Self.pairs) pairs from one clip (1 to "
      + "\(maxStep) frames apart) and \(Self.pairs) from two; tested on a held-out clip's two frames and on a frame with "
      + "one of the next clip; mean of both accuracies; floor: the same on the true factors"
  }

  /// Features of two frames of n clips, (n, D) each.
  package typealias Pair = (first: HostTensor, second: HostTensor)

  /// Trains a discriminator on poses and one on true factors, side by side.
  /// - Parameters:
  ///   - poses: of training clips and of held-out clips.
  ///   - factors: of the same frames.
  ///   - maxStep: how far the frames of a pair are apart at most.
  ///   - seed: of the first weights and of the pairs.
  package init(
    poses: (training: Pair, heldOut: Pair), factors: (training: Pair, heldOut: Pair), maxStep: Int, seed: UInt64
  ) {
    var accuracies = [0.0, 0]
    accuracies.withUnsafeMutableBufferPointer { accuracies in
      nonisolated(unsafe) let accuracies = accuracies
      parallelFor(2) { chunk in
        for index in chunk {
          let (training, heldOut) = index == 0 ? poses : factors
          accuracies[index] = Self.balancedAccuracy(training: training, heldOut: heldOut, seed: seed)
        }
      }
    }
    (accuracy, floor, self.maxStep) = (accuracies[0], accuracies[1], maxStep)
    leak = accuracy - floor
  }

  /// The balanced accuracy of a discriminator that is trained on the pairs of training clips and tested on those of
  /// held-out clips.
  package static func balancedAccuracy(training: Pair, heldOut: Pair, seed: UInt64) -> Double {
    let scale = ColumnScale(training.first)
    let (first, second) = (scale.standardise(training.first), scale.standardise(training.second))
    let clips = first.shape[0]
    var random = CounterRandom(seed: seed, purpose: .probes, step: ProbeStep.sceneDiscriminator)
    var network = ProbeNetwork(
      sizes: [2 * first.shape[1]] + PerceptronProbe.hidden + [2], loss: .crossEntropy, random: &random)
    let targets = HostTensor([2 * pairs, 2], (0..<2 * pairs).flatMap { $0 < pairs ? [Float(1), 0] : [0, 1] })
    for _ in 0..<steps {
      let chosen = (0..<pairs).map { _ in random.integer(in: 0...clips - 1) }
      let others = (0..<pairs).map { _ in random.integer(in: 0...clips - 1) }
      network.step(first.picked(chosen + chosen).beside(second.picked(chosen + others)), targets)
    }
    let (asked, answer) = (scale.standardise(heldOut.first), scale.standardise(heldOut.second))
    let rows = Array(0..<asked.shape[0])
    /// The share of pairs that are taken for one clip.
    func taken(_ pairs: HostTensor) -> Double {
      let scores = network(pairs).values
      return Double(rows.count { scores[2 * $0] > scores[2 * $0 + 1] }) / Double(rows.count)
    }
    let ofNext = answer.picked(rows.dropFirst() + rows.prefix(1))
    return (taken(asked.beside(answer)) + 1 - taken(asked.beside(ofNext))) / 2
  }
}

import TensorEngine

/// A probe by a small network, which also reads what no linear map finds.
package struct PerceptronProbe: Probe {
  /// Units of the two hidden layers.
  static let hidden = [128, 128]
  private static let epochs = 30
  private static let batch = 200

  static let method =
    "\(hidden[0])-\(hidden[1]) with ReLU, AdamW with rate 0.002 and weight decay 0.01, batches of \(batch); cross entropy, or "
    + "squared error of standardised numbers; 1 to \(epochs) epochs, as many as have the least error on the last fifth of the "
    + "training clips when fitted on the others"

  private let features: HostTensor
  private let targets: HostTensor
  private var random: CounterRandom
  private var network: ProbeNetwork
  /// Undoes the standardisation of numbers; nil for classes.
  private let scale: ColumnScale?

  /// Chooses the number of epochs on the last fifth of the rows, then fits to all. Without the choice a network learns noise
  /// by heart, and reads less than nothing where there is a little to read.
  /// - Parameters:
  ///   - features: (n, D), standardised; at least two rows.
  ///   - values: the factor over the same n clips.
  ///   - seed: of the first weights and of the order of the clips.
  ///   - leastSteps: the largest number of epochs to choose from has at least so many steps; for few clips.
  package init(features: HostTensor, values: FactorValues, seed: UInt64, leastSteps: Int = 0) {
    let n = features.shape[0]
    let kept = n - max(1, n / 5)
    var candidate = PerceptronProbe(features.rows(0..<kept), values.rows(0..<kept), seed: seed)
    let held = (features.rows(kept..<n), Self.targets(of: values.rows(kept..<n), candidate.scale))
    var best = (epochs: 1, error: Double.infinity)
    let batches = kept.dividedRoundingUp(by: Self.batch)
    for epoch in 1...max(Self.epochs, leastSteps / batches) {
      candidate.train()
      let error = candidate.network.error(of: held.0, held.1)
      if error < best.error { best = (epoch, error) }
    }
    self.init(features, values, seed: seed)
    for _ in 0..<best.epochs { train() }
  }

  /// Before the first epoch.
  private init(_ features: HostTensor, _ values: FactorValues, seed: UInt64) {
    self.features = features
    if case .numbers(let numbers) = values { scale = ColumnScale(numbers) } else { scale = nil }
    targets = Self.targets(of: values, scale)
    random = CounterRandom(seed: seed, purpose: .probes, step: ProbeStep.perceptron)
    network = ProbeNetwork(
      sizes: [features.shape[1]] + Self.hidden + [targets.shape[1]],
      loss: scale == nil ? .crossEntropy : .squaredError, random: &random)
  }

  private static func targets(of values: FactorValues, _ scale: ColumnScale?) -> HostTensor {
    scale?.standardise(values.targets) ?? values.targets
  }

  /// One epoch.
  private mutating func train() {
    let n = features.shape[0]
    let order = random.distinct(n, in: 0...n - 1)
    for start in stride(from: 0, to: n, by: Self.batch) {
      let rows = order[start..<min(start + Self.batch, n)]
      network.step(features.picked(rows), targets.picked(rows))
    }
  }

  package func predict(_ features: HostTensor) -> HostTensor {
    let outputs = network(features)
    return scale?.restore(outputs) ?? outputs
  }
}

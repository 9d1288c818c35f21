import TensorEngine

/// Trains the same model from the same weights on the same batches on two backends, and measures how far they diverge.
package struct BackendComparison {
  /// The largest difference of a tensor, also as a share of the tolerance.
  package struct Row: Sendable {
    package var name: String
    package var largestDifference: Double
    package var shareOfTolerance: Double
  }

  /// Gradients after the first step, then weights after the last.
  package private(set) var rows: [Row] = []
  /// Losses of every step on both backends, under their names.
  package private(set) var losses: (a: [StepLosses], b: [StepLosses]) = ([], [])

  package var agrees: Bool { rows.allSatisfy { $0.shareOfTolerance <= 1 } && lossShares.allSatisfy { $0 <= 1 } }

  /// Losses of a third training: side a from weights perturbed by about a rounding error. Its distance from side a is
  /// the effect of rounding errors alone on this training. No constant can express it, since each step multiplies the
  /// difference that the step before left.
  private var perturbed: [StepLosses] = []
  /// Rounding differs between backends in every sum, not only in the weights.
  private static let toleratedMultiple = 10.0

  /// The minimum tolerance: a rounding error may move one training, but not the other, across the kink of a ReLU.
  /// PyTorch's own float32 and float64 differ by up to 1e-3 at the tenth step.
  private static func minTolerance(step: Int) -> Double {
    step <= 3 ? 1e-5 : step <= 6 ? 1e-4 : 2e-4 * Double(max(step, 10))
  }

  /// Largest relative difference of each step's losses (without the accuracy, which is discrete) as a share of the
  /// tolerance: `minTolerance`, or ten times the largest difference of the perturbed training up to that step.
  package var lossShares: [Double] {
    var largest = 0.0
    return losses.a.indices.map { step in
      largest = max(largest, Self.difference(losses.a[step], perturbed[step]))
      let tolerance = max(Self.minTolerance(step: step + 1), Self.toleratedMultiple * largest)
      return Self.difference(losses.a[step], losses.b[step]) / tolerance
    }
  }

  private static func difference(_ a: StepLosses, _ b: StepLosses) -> Double {
    zip(a.values, b.values).enumerated().map { index, pair in
      guard a.names[index] != MainLoss.discriminatorAccuracy.rawValue else { return 0 }
      let difference = abs(Double(pair.0) - Double(pair.1)) / max(abs(Double(pair.0)), 1e-6)
      return difference.isNaN ? .infinity : difference
    }.max() ?? 0
  }

  /// - Throws: what the clip source and the backends throw.
  package init<Source: ClipSource>(
    _ configuration: RunConfiguration, _ source: Source, a: any Backend, b: any Backend
  ) throws {
    let sides = try [(a, false), (b, false), (a, true)].map { try Side(configuration, isPerturbed: $1, on: $0) }
    let frames = DRNet.Sizes(configuration).adversary.framesPerClip
    for step in 0..<configuration.steps {
      let batch = try source.batch(
        step: step, size: configuration.batchSize, frames: frames, maxStep: configuration.maxStep,
        seed: configuration.seed)
      for side in sides { try side.step(batch) }
      if step == 0 { rows += try sides[0].differences(to: sides[1], gradients: true) }
    }
    rows += try sides[0].differences(to: sides[1], gradients: false)
    losses = (try sides[0].trainer.collectLosses(), try sides[1].trainer.collectLosses())
    perturbed = try sides[2].trainer.collectLosses()
  }

  /// One backend's training.
  private struct Side {
    let trainer: DRNetTrainer
    let backend: any Backend
    let learningRate: Double

    init(_ configuration: RunConfiguration, isPerturbed: Bool, on backend: any Backend) throws {
      self.backend = backend
      learningRate = configuration.learningRate
      let model = try DRNet(DRNet.Sizes(configuration), on: backend)
      try model.initialise(seed: configuration.seed, on: backend)
      try Self.scale(model, isPerturbed: isPerturbed, seed: configuration.seed, on: backend)
      trainer = try DRNetTrainer(
        model, settings: DRNetTrainer.Settings(configuration), batchSize: configuration.batchSize, on: backend)
      trainer.keepsGradients = true
    }

    /// Scales fresh filters from a standard deviation of 0.02 to that of trained ones, and changes every weight of a
    /// perturbed model by up to 2^-22 of its value, two rounding errors of float32.
    ///
    /// With fresh weights the gradients almost vanish, and Adam turns the rounding noise in them into full steps: after
    /// ten steps any two trainings have diverged, even on the same backend.
    private static func scale(_ model: DRNet, isPerturbed: Bool, seed: UInt64, on backend: any Backend) throws {
      for (index, entry) in model.namedParameters.enumerated() where entry.parameter.kind == .weight {
        var random = CounterRandom(seed: seed, purpose: .perturbation, sample: index)
        let isOfAdversary = entry.name.hasPrefix(model.adversary.network.prefix)
        let factor: Float = entry.parameter.type.role != .filter ? 1 : isOfAdversary ? 10 : 5
        var host = try backend.download(entry.parameter.tensor)
        for element in host.values.indices {
          host.values[element] *= factor
          if isPerturbed { host.values[element] *= 1 + random.uniform(in: -1...1) * 0x1p-22 }
        }
        try backend.upload(host, to: entry.parameter.tensor)
      }
    }

    func step(_ batch: ClipBatch) throws {
      try trainer.step(batch.frames)
      try backend.finish()
    }

    /// Largest differences of gradients or weights, with their tolerances.
    ///
    /// The tolerance of a gradient is 1e-4 of the tensor's largest element. Adam changes each weight by about the
    /// learning rate in every step, whatever the gradient's size, so if a gradient is rounding noise, the weights may
    /// differ by that much per step. A running statistic sums over a fan-in of about a thousand such weights, whose
    /// differences add up like a random walk: its tolerance is the square root of that, 32 times as much.
    func differences(to other: Side, gradients: Bool) throws -> [Row] {
      try zip(trainer.model.namedParameters, other.trainer.model.namedParameters).compactMap { mine, theirs in
        let (x, y): (HostTensor, HostTensor)
        let tolerance: Double
        if gradients {
          guard let gradient = try trainer.gradient(of: mine.parameter),
            let otherGradient = try other.trainer.gradient(of: theirs.parameter)
          else { return nil }
          (x, y) = (gradient, otherGradient)
          tolerance = 1e-4 * Double(x.values.map(abs).max() ?? 0) + 1e-7
        } else {
          (x, y) = (try backend.download(mine.parameter.tensor), try other.backend.download(theirs.parameter.tensor))
          let divergence = learningRate * Double(trainer.step) * (mine.parameter.kind == .statistic ? 32 : 1)
          tolerance = divergence + 1e-4 * Double(x.values.map(abs).max() ?? 0)
        }
        let difference = zip(x.values, y.values).reduce(0.0) { worst, pair in
          let difference = abs(Double(pair.0) - Double(pair.1))
          return difference.isNaN ? .infinity : max(worst, difference)
        }
        return Row(
          name: (gradients ? "gradient " : "weights ") + mine.name, largestDifference: difference,
          shareOfTolerance: difference / tolerance)
      }
    }
  }
}

import TensorEngine

/// Trains the same model from the same weights on the same batches on two backends, and says how far they come apart.
package struct BackendComparison {
  /// One tensor's largest difference as a share of what is tolerated.
  package struct Row: Sendable {
    package var name: String
    package var largestDifference: Double
    package var shareOfTolerance: Double
  }

  /// Gradients after the first step, then weights after the last.
  package private(set) var rows: [Row] = []
  /// Losses of every step on both backends, in the order of `MainLoss`.
  package private(set) var losses: (a: [StepLosses], b: [StepLosses]) = ([], [])

  package var agrees: Bool { rows.allSatisfy { $0.shareOfTolerance <= 1 } && lossShares.allSatisfy { $0 <= 1 } }

  /// Losses of a third training: side a from weights shaken by about a rounding. How far it leaves side a is how far
  /// roundings alone carry this training, which no constant can know: each step multiplies what the one before left.
  private var shaken: [StepLosses] = []
  /// Rounding differs between backends in every sum and not in the weights alone.
  private static let shareOfShaken = 10.0

  /// What is allowed in any case: a rounding may carry one training over the kink of a rectifier that the other stays
  /// before. PyTorch's own float32 and float64 differ by up to 1e-3 at the tenth step.
  private static func minTolerance(step: Int) -> Double {
    step <= 3 ? 1e-5 : step <= 6 ? 1e-4 : 2e-4 * Double(max(step, 10))
  }

  /// Largest relative difference of each step's losses (accuracy left out, which jumps) as a share of the tolerance:
  /// `minTolerance`, or ten times the farthest that the shaken training has been off up to that step.
  package var lossShares: [Double] {
    var farthest = 0.0
    return losses.a.indices.map { step in
      farthest = max(farthest, Self.difference(losses.a[step], shaken[step]))
      let tolerance = max(Self.minTolerance(step: step + 1), Self.shareOfShaken * farthest)
      return Self.difference(losses.a[step], losses.b[step]) / tolerance
    }
  }

  private static func difference(_ a: StepLosses, _ b: StepLosses) -> Double {
    zip(a.values, b.values).enumerated().map { index, pair in
      guard MainLoss.allCases[index] != .discriminatorAccuracy else { return 0 }
      let difference = abs(Double(pair.0) - Double(pair.1)) / max(abs(Double(pair.0)), 1e-6)
      return difference.isNaN ? .infinity : difference
    }.max() ?? 0
  }

  /// - Throws: what either backend throws.
  package init<Source: ClipSource>(
    _ configuration: RunConfiguration, _ source: Source, a: any Backend, b: any Backend
  ) throws {
    let sides = try [(a, false), (b, false), (a, true)].map { try Side(configuration, isShaken: $1, on: $0) }
    for step in 0..<configuration.steps {
      let batch = try source.batch(
        step: step, size: configuration.batchSize, maxStep: configuration.maxStep, seed: configuration.seed)
      for side in sides { try side.step(batch) }
      if step == 0 { rows += try sides[0].differences(to: sides[1], gradients: true) }
    }
    rows += try sides[0].differences(to: sides[1], gradients: false)
    losses = (try sides[0].trainer.collectLosses(), try sides[1].trainer.collectLosses())
    shaken = try sides[2].trainer.collectLosses()
  }

  /// One backend's training.
  private struct Side {
    let trainer: DRNetTrainer
    let backend: any Backend
    let learningRate: Double

    init(_ configuration: RunConfiguration, isShaken: Bool, on backend: any Backend) throws {
      self.backend = backend
      learningRate = configuration.learningRate
      let model = try DRNet(DRNet.Sizes(configuration), on: backend)
      try model.initialise(seed: configuration.seed, on: backend)
      try Self.scale(model, isShaken: isShaken, seed: configuration.seed, on: backend)
      trainer = try DRNetTrainer(
        model, settings: DRNetTrainer.Settings(configuration), batchSize: configuration.batchSize, on: backend)
      trainer.keepsGradients = true
    }

    /// Brings fresh filters from a deviation of 0.02 to that of trained ones, and moves every weight of a shaken model by
    /// up to 2^-22 of itself, two roundings of float32.
    ///
    /// Fresh weights give gradients that almost vanish, and Adam turns the rounding noise in them into whole steps: after
    /// ten of these any two trainings have parted, whatever computed them.
    private static func scale(_ model: DRNet, isShaken: Bool, seed: UInt64, on backend: any Backend) throws {
      for (index, entry) in model.namedParameters.enumerated() where entry.parameter.kind == .weight {
        var random = CounterRandom(seed: seed, purpose: .perturbation, sample: index)
        let factor: Float = entry.parameter.type.role != .filter ? 1 : entry.name.hasPrefix("netC.") ? 10 : 5
        var host = try backend.download(entry.parameter.tensor)
        for element in host.values.indices {
          host.values[element] *= factor
          if isShaken { host.values[element] *= 1 + random.uniform(in: -1...1) * 0x1p-22 }
        }
        try backend.upload(host, to: entry.parameter.tensor)
      }
    }

    func step(_ batch: ClipBatch) throws {
      try trainer.step(batch.frames)
      try backend.finish()
    }

    /// Gradients are held against 1e-4 of the tensor's largest element, weights against the way that Adam can have gone:
    /// it moves each weight by about the learning rate a step whatever the gradient's size, so where a gradient is
    /// rounding noise the weights may part by that much. A running statistic sums over a fan-in of about a thousand
    /// such weights, whose partings walk randomly: the root of it, 32 times as much.
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
          let parting = learningRate * Double(trainer.step) * (mine.parameter.kind == .statistic ? 32 : 1)
          tolerance = parting + 1e-4 * Double(x.values.map(abs).max() ?? 0)
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

import TensorEngine

/// How well one factor can be read from content and from pose with one kind of probe.
public struct FactorProbe: Codable, Equatable, Sendable {
  /// The kinds of probes.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Linear, with a penalty chosen on a part of the training clips.
    case linear
    /// A network with two hidden layers.
    case mlp
    /// Ten nearest neighbours.
    case neighbours
    /// Linear on features as they are, with a penalty of 1e-3 n |W|^2: the only probe of earlier files. It does not see
    /// what has a small scale.
    case rawLinear

    /// Short, for a table.
    public var label: String {
      switch self {
      case .linear: "linear"
      case .mlp: "MLP"
      case .neighbours: "\(NeighbourProbe.count) neighbours"
      case .rawLinear: "linear, raw features"
      }
    }

    /// How it is fitted, in one line.
    public var method: String {
      switch self {
      case .linear: RidgeProbe.method
      case .mlp: PerceptronProbe.method
      case .neighbours: NeighbourProbe.method
      case .rawLinear: "linear, on features that are not standardised, with an absolute penalty of 1e-3 n |W|^2"
      }
    }
  }

  /// What content and pose are scored by.
  public enum Measure: String, Codable, Sendable {
    /// The share of clips whose class is right.
    case accuracy
    /// R^2: 1 is perfect, 0 is as good as the mean.
    case determination = "R2"
  }

  /// The factor: class, position, azimuth or another.
  public var factor: String
  public var kind: Kind
  public var measure: Measure
  /// Held-out score from content h_c; nil if an earlier file has none.
  public var content: Double?
  /// Held-out score from pose h_p; nil if an earlier file has none.
  public var pose: Double?
  /// The score without any feature: of the most frequent class, or of the mean.
  public var chance: Double
  /// lambda of the linear probe on content; nil for other kinds.
  public var contentPenalty: Double?
  /// lambda of the linear probe on pose; nil for other kinds.
  public var posePenalty: Double?

  /// How each kind is fitted to the standardised features of training clips.
  private static let fits: [(kind: Kind, fit: @Sendable (HostTensor, FactorValues, UInt64) -> any Probe)] = [
    (.linear, { features, values, _ in RidgeProbe(features: features, targets: values.targets) }),
    (.mlp, { features, values, seed in PerceptronProbe(features: features, values: values, seed: seed) }),
    (.neighbours, { features, values, _ in NeighbourProbe(features: features, targets: values.targets) }),
  ]

  /// Fits every kind of probe to every factor on training clips, and scores them on held-out ones. A factor that does
  /// not vary is skipped.
  package static func readings(
    training: LabelledFeatures, heldOut: LabelledFeatures, seed: UInt64
  ) -> [FactorProbe] {
    let content = StandardisedPair(training.content, heldOut.content)
    let pose = StandardisedPair(training.pose, heldOut.pose)
    let jobs = zip(training.factors, heldOut.factors).flatMap { known, asked in
      fits.map { (kind: $0.kind, fit: $0.fit, known: known, asked: asked) }
    }
    // Each probe runs on one thread, so they run side by side.
    var readings = [FactorProbe?](repeating: nil, count: jobs.count)
    readings.withUnsafeMutableBufferPointer { readings in
      nonisolated(unsafe) let readings = readings
      parallelFor(jobs.count) { chunk in
        for index in chunk {
          let (kind, fit, known, asked) = jobs[index]
          let onContent = fit(content.training, known.values, seed)
          let onPose = fit(pose.training, known.values, seed)
          guard let fromContent = asked.values.score(onContent.predict(content.heldOut)),
            let fromPose = asked.values.score(onPose.predict(pose.heldOut))
          else { continue }
          readings[index] = FactorProbe(
            factor: known.name, kind: kind, measure: asked.values.measure, content: fromContent, pose: fromPose,
            chance: asked.values.chance(known.values), contentPenalty: (onContent as? RidgeProbe)?.penalty,
            posePenalty: (onPose as? RidgeProbe)?.penalty)
        }
      }
    }
    return readings.compactMap { $0 }
  }
}

/// Features of training clips and of held-out clips, both standardised with the statistics of the training clips.
struct StandardisedPair: Sendable {
  let training: HostTensor
  let heldOut: HostTensor

  init(_ training: HostTensor, _ heldOut: HostTensor) {
    let scale = ColumnScale(training)
    (self.training, self.heldOut) = (scale.standardise(training), scale.standardise(heldOut))
  }
}

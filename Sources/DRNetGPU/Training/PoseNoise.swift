import TensorEngine

/// Gaussian noise on the true poses that the pose LSTM sees in training, so that it learns to go on from predictions that
/// are a little off (Sanchez-Gonzalez et al. 2020). The targets have none.
public struct PoseNoise: Equatable, Sendable {
  /// Standard deviation of the noise in each dimension of a pose.
  public let deviations: [Float]
  /// Seed of the noise.
  public let seed: UInt64

  /// - Parameters:
  ///   - share: standard deviation of the noise as a share of that of `poses`.
  ///   - poses: (N, pose) each, from which each dimension's standard deviation is taken.
  ///   - seed: seed of the noise.
  public init(share: Float, of poses: [HostTensor], seed: UInt64) {
    let all = HostTensor(rows: poses, of: [poses[0].shape[1]])
    deviations = FeatureSpread.variances(all).map { share * Float($0.squareRoot()) }
    self.seed = seed
  }

  /// The noise of a step for N = `clips` clips, (`count`, pose): N rows for the first time step, then N for the second,
  /// and so on. The numbers of a clip depend on nothing but seed, step and clip.
  func rows(step: Int, clips: Int, count: Int) -> HostTensor {
    var rows = HostTensor([count, deviations.count])
    for clip in 0..<clips {
      var random = CounterRandom(seed: seed, purpose: .poseNoise, step: step, sample: clip)
      for row in stride(from: clip, to: count, by: clips) {
        for (column, deviation) in deviations.enumerated() {
          rows.values[row * deviations.count + column] = deviation * random.normal()
        }
      }
    }
    return rows
  }
}

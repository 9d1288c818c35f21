import TensorEngine

/// Batch renormalisation (Ioffe 2017, without bounds): batch norm that takes the running statistics in training as well, so
/// that y does not depend on the rest of the batch. With the batch's mean m and deviation s, the running ones M and S, into
/// which this batch has gone, and r = s / S, d = (m - M) / S held constant:
///
///     y = activation(gamma (r (x - m) / s + d) + beta)
///
/// whose value is that with M and S, and whose gradient is that of batch norm, times r.
public struct Renormalisation {
  private let standardise: Standardisation

  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(channels: Int, on backend: any Backend) throws {
    standardise = try Standardisation(dimension: channels, on: backend)
  }

  /// x (N, C, H, W) -> y (N, C, H, W), with the parameters and running statistics of `norm`.
  func callAsFunction(_ x: Tensor, _ norm: BatchNorm, _ tape: Tape) throws -> Tensor {
    let byBatch = try standardise(x, into: norm, tape)
    let relative = try tape.constants(
      RelativeMoments(epsilon: BatchNorm.epsilon),
      [norm.runningMean.tensor, norm.runningVariance.tensor, byBatch.mean, byBatch.inverseDeviation])
    // The relative variance has its epsilon; this one keeps channels that are only padding finite.
    let op = BatchNormFrozenForward(activation: norm.activation, epsilon: .leastNormalMagnitude)
    return try tape.run(op, [byBatch.y, norm.gamma.tensor, norm.beta.tensor] + relative)[0]
  }
}

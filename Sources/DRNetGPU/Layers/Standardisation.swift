import TensorEngine

/// Vectors with mean 0 and deviation 1 over the batch, in each dimension: batch norm without parameters. x, y (N, D).
struct Standardisation {
  /// (D) of 0 and of 1.
  private let (zeros, ones): (Tensor, Tensor)

  init(dimension: Int, on backend: any Backend) throws {
    func constant(_ value: Float) throws -> Tensor {
      try backend.upload(HostTensor([dimension], repeating: value), as: .channels)
    }
    zeros = try constant(0)
    ones = try constant(1)
  }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let op = BatchNormForward(activation: .identity, momentum: 0, epsilon: BatchNorm.epsilon)
    return try tape.run(op, [x, ones, zeros, zeros, ones])[0]
  }

  /// The same for maps (N, D, H, W), with the mean and 1 / deviation of the batch, (D) each. Mean and variance also go into
  /// the running ones of `norm`.
  func callAsFunction(
    _ x: Tensor, into norm: BatchNorm, _ tape: Tape
  ) throws -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    let running = (mean: norm.runningMean.tensor, variance: norm.runningVariance.tensor)
    let op = BatchNormForward(activation: .identity, momentum: BatchNorm.momentum, epsilon: BatchNorm.epsilon)
    let outputs = try tape.run(
      op, [x, ones, zeros, running.mean, running.variance], into: [3: running.mean, 4: running.variance])
    return (outputs[0], outputs[1], outputs[2])
  }
}

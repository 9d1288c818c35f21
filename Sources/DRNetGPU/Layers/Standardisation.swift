import TensorEngine

/// Vectors with mean 0 and deviation 1 over the batch, in each dimension: batch norm without parameters and running
/// statistics. x, y (N, D).
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
}

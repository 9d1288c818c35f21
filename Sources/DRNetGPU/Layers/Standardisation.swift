import TensorEngine

/// Vectors with mean 0 and a given deviation over the batch, in each dimension: batch norm without parameters and running
/// statistics. x, y (N, D).
struct Standardisation {
  /// (D) of the deviation, of 0 and of 1.
  private let (deviation, zeros, ones): (Tensor, Tensor, Tensor)

  init(dimension: Int, deviation: Float = 1, on backend: any Backend) throws {
    func constant(_ value: Float) throws -> Tensor {
      try backend.upload(HostTensor([dimension], repeating: value), as: .channels)
    }
    self.deviation = try constant(deviation)
    zeros = try constant(0)
    ones = try constant(1)
  }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let op = BatchNormForward(activation: .identity, momentum: 0, epsilon: BatchNorm.epsilon)
    return try tape.run(op, [x, deviation, zeros, zeros, ones])[0]
  }
}

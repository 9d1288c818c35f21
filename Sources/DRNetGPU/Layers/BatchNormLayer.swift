import TensorEngine

/// y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta) for each channel, over batch and pixels, as
/// torch.nn.BatchNorm2d computes it, and an activation. x, y (N, C, H, W).
public struct BatchNorm: Module {
  let gamma: Parameter
  let beta: Parameter
  let runningMean: Parameter
  let runningVariance: Parameter
  let activation: Activation

  /// Share of the batch in the running statistics of each step.
  public static let momentum: Float = 0.1
  public static let epsilon: Float = 1e-5

  /// - Parameter name: dotted name of the layer within its network, as in PyTorch's state dict.
  public init(_ name: String, channels: Int, activation: Activation) {
    gamma = Parameter(name + ".weight", .weight, .dcganScale, .channels(channels))
    beta = Parameter(name + ".bias", .weight, .constant(0), .channels(channels))
    runningMean = Parameter(name + ".running_mean", .statistic, .constant(0), .channels(channels))
    runningVariance = Parameter(name + ".running_var", .statistic, .constant(1), .channels(channels))
    self.activation = activation
  }

  public var parameters: [Parameter] { [gamma, beta, runningMean, runningVariance] }

  /// - Throws: `AllocationError` or `DeviceError` if the backend cannot run it.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let inputs = [x, gamma.tensor, beta.tensor, runningMean.tensor, runningVariance.tensor]
    switch tape.mode {
    case .training:
      let op = BatchNormForward(activation: activation, momentum: Self.momentum, epsilon: Self.epsilon)
      return try tape.run(op, inputs, into: [3: runningMean.tensor, 4: runningVariance.tensor])[0]
    case .frozen:
      return try tape.run(BatchNormFrozenForward(activation: activation, epsilon: Self.epsilon), inputs)[0]
    }
  }
}

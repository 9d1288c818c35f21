import TensorEngine

/// Batch normalisation of each channel over batch and pixels (torch.nn.BatchNorm2d), then an activation:
/// y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta). x, y (N, C, H, W); gamma, beta (C).
public struct BatchNorm: Module {
  let gamma: Parameter
  let beta: Parameter
  let runningMean: Parameter
  let runningVariance: Parameter
  let activation: Activation
  private let renormalisation: Renormalisation?

  /// Weight of a batch in the running statistics: running = (1 - momentum) running + momentum batch, as in PyTorch.
  public static let momentum: Float = 0.1
  /// Added to the variance before its square root is taken.
  public static let epsilon: Float = 1e-5

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - channels: C.
  ///   - activation: applied to the normalised values; `.identity` for none.
  ///   - renormalisation: of C channels, if training is to take the running statistics.
  public init(_ name: String, channels: Int, activation: Activation, renormalisation: Renormalisation? = nil) {
    gamma = Parameter(name + ".weight", .weight, .dcganScale, .channels(channels))
    beta = Parameter(name + ".bias", .weight, .constant(0), .channels(channels))
    runningMean = Parameter(name + ".running_mean", .statistic, .constant(0), .channels(channels))
    runningVariance = Parameter(name + ".running_var", .statistic, .constant(1), .channels(channels))
    self.activation = activation
    self.renormalisation = renormalisation
  }

  /// gamma, beta, running mean, running variance.
  public var parameters: [Parameter] { [gamma, beta, runningMean, runningVariance] }

  /// x (N, C, H, W) -> y (N, C, H, W). Normalises with the running statistics if the tape is frozen, or if it trains and
  /// there is a renormalisation; else with the batch's.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let inputs = [x, gamma.tensor, beta.tensor, runningMean.tensor, runningVariance.tensor]
    if tape.mode == .training, let renormalisation { return try renormalisation(x, self, tape) }
    switch tape.mode {
    case .training, .measuring:
      let momentum = tape.mode == .measuring ? 1 : Self.momentum
      let op = BatchNormForward(activation: activation, momentum: momentum, epsilon: Self.epsilon)
      return try tape.run(op, inputs, into: [3: runningMean.tensor, 4: runningVariance.tensor])[0]
    case .frozen:
      return try tape.run(BatchNormFrozenForward(activation: activation, epsilon: Self.epsilon), inputs)[0]
    }
  }
}

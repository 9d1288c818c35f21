import TensorEngine

/// y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta) for each channel, over batch and pixels.
struct BatchNorm: Module {
  let gamma: Parameter
  let beta: Parameter
  let runningMean: Parameter
  let runningVariance: Parameter
  let activation: Activation

  static let momentum: Float = 0.1
  static let epsilon: Float = 1e-5

  init(_ name: String, channels: Int, activation: Activation) {
    gamma = Parameter(name + ".weight", .weight, .dcganScale, .channels(channels))
    beta = Parameter(name + ".bias", .weight, .constant(0), .channels(channels))
    runningMean = Parameter(name + ".running_mean", .statistic, .constant(0), .channels(channels))
    runningVariance = Parameter(name + ".running_var", .statistic, .constant(1), .channels(channels))
    self.activation = activation
  }

  var parameters: [Parameter] { [gamma, beta, runningMean, runningVariance] }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
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

import TensorEngine

/// y = w x + b. x (N, C) -> y (N, K).
struct Linear: Module {
  let weight: Parameter
  let bias: Parameter

  init(
    _ name: String, from inputs: Int, to outputs: Int, initialisation: Initialisation = .dcganWeight
  ) {
    weight = Parameter(name + ".weight", .weight, initialisation, .filter(outputs, inputs))
    bias = Parameter(name + ".bias", .weight, .constant(0), .channels(outputs))
  }

  init(weight: Parameter, bias: Parameter) {
    self.weight = weight
    self.bias = bias
  }

  var parameters: [Parameter] { [weight, bias] }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(LinearForward(), [x, weight.tensor, bias.tensor])[0]
  }
}

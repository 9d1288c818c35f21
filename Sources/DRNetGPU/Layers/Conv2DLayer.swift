import TensorEngine

/// y = w * x + b with a window slid over a map. x (N, C, H, W) -> y (N, K, H', W').
struct Conv2D: Module {
  let weight: Parameter
  let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameter isNormalised: a batch norm follows, so the bias cannot matter.
  init(
    _ name: String, from inputs: Int, to outputs: Int, window: Int, stride: Int, padding: Int, isNormalised: Bool
  ) {
    weight = Parameter(
      name + ".weight", .weight, .dcganWeight, .filter(outputs, inputs, window, window))
    bias = Parameter(
      name + ".bias", isNormalised ? .inertBias : .weight, .constant(0), .channels(outputs))
    self.stride = stride
    self.padding = padding
  }

  var parameters: [Parameter] { [weight, bias] }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(Conv2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

/// The transpose of a convolution, which widens maps. x (N, C, H, W) -> y (N, K, (H - 1) stride - 2 padding + R, ...).
struct ConvTranspose2D: Module {
  let weight: Parameter
  let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameter isNormalised: a batch norm follows, so the bias cannot matter.
  init(
    _ name: String, from inputs: Int, to outputs: Int, window: Int, stride: Int, padding: Int, isNormalised: Bool
  ) {
    weight = Parameter(
      name + ".weight", .weight, .dcganWeight, .filter(inputs, outputs, window, window))
    bias = Parameter(
      name + ".bias", isNormalised ? .inertBias : .weight, .constant(0), .channels(outputs))
    self.stride = stride
    self.padding = padding
  }

  var parameters: [Parameter] { [weight, bias] }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(ConvTranspose2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

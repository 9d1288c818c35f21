import TensorEngine

/// y = w x + b (torch.nn.Linear). x (N, C) -> y (N, K); w (K, C), b (K).
public struct Linear: Module {
  /// w (K, C).
  public let weight: Parameter
  /// b (K).
  public let bias: Parameter

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - initialisation: how the weights are drawn; biases start at 0.
  public init(
    _ name: String, from inputs: Int, to outputs: Int, initialisation: Initialisation = .dcganWeight
  ) {
    weight = Parameter(name + ".weight", .weight, initialisation, .filter(outputs, inputs))
    bias = Parameter(name + ".bias", .weight, .constant(0), .channels(outputs))
  }

  init(weight: Parameter, bias: Parameter) {
    self.weight = weight
    self.bias = bias
  }

  /// Weight, bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// x (N, C) -> y (N, K).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(LinearForward(), [x, weight.tensor, bias.tensor])[0]
  }
}

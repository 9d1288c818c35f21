import TensorEngine

/// y = w x + b, as torch.nn.Linear. x (N, C) -> y (N, K); w (K, C), b (K).
public struct Linear: Module {
  /// w.
  public let weight: Parameter
  /// b.
  public let bias: Parameter

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
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

  public var parameters: [Parameter] { [weight, bias] }

  /// - Throws: `AllocationError` or `DeviceError` if the backend cannot run it.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(LinearForward(), [x, weight.tensor, bias.tensor])[0]
  }
}

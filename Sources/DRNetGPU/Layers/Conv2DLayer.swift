import TensorEngine

/// y = w * x + b, a cross-correlation as in torch.nn.Conv2d. x (N, C, H, W) -> y (N, K, H', W') with
/// H' = (H + 2 padding - R) / stride + 1, likewise W'; w (K, C, R, R), b (K).
public struct Conv2D: Module {
  /// w.
  public let weight: Parameter
  /// b.
  public let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: R, height and width of the filter in pixels.
  ///   - isNormalised: a batch norm follows, so the bias cannot matter.
  public init(
    _ name: String, from inputs: Int, to outputs: Int, window: Int, stride: Int = 1, padding: Int = 0,
    isNormalised: Bool = false
  ) {
    weight = Parameter(
      name + ".weight", .weight, .dcganWeight, .filter(outputs, inputs, window, window))
    bias = Parameter(
      name + ".bias", isNormalised ? .inertBias : .weight, .constant(0), .channels(outputs))
    self.stride = stride
    self.padding = padding
  }

  public var parameters: [Parameter] { [weight, bias] }

  /// - Throws: `AllocationError` or `DeviceError` if the backend cannot run it.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(Conv2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

/// The transpose of a convolution, as torch.nn.ConvTranspose2d: x (N, C, H, W) -> y (N, K, H', W') with
/// H' = (H - 1) stride - 2 padding + R, likewise W'; w (C, K, R, R), b (K).
public struct ConvTranspose2D: Module {
  /// w.
  public let weight: Parameter
  /// b.
  public let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: R, height and width of the filter in pixels.
  ///   - isNormalised: a batch norm follows, so the bias cannot matter.
  public init(
    _ name: String, from inputs: Int, to outputs: Int, window: Int, stride: Int = 1, padding: Int = 0,
    isNormalised: Bool = false
  ) {
    weight = Parameter(
      name + ".weight", .weight, .dcganWeight, .filter(inputs, outputs, window, window))
    bias = Parameter(
      name + ".bias", isNormalised ? .inertBias : .weight, .constant(0), .channels(outputs))
    self.stride = stride
    self.padding = padding
  }

  public var parameters: [Parameter] { [weight, bias] }

  /// - Throws: `AllocationError` or `DeviceError` if the backend cannot run it.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(ConvTranspose2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

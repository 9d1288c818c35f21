import TensorEngine

/// y = w * x + b, a cross-correlation (torch.nn.Conv2d). x (N, C, H, W) -> y (N, K, H', W') with
/// H' = (H + 2 padding - R) / stride + 1, likewise W' with S; w (K, C, R, S), b (K).
public struct Conv2D: Module {
  /// w (K, C, R, S).
  public let weight: Parameter
  /// b (K).
  public let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: S, width of the filter in pixels (PyTorch's kernel_size).
  ///   - windowHeight: R, its height, if that is not S.
  ///   - stride: step of the filter in pixels, in both directions.
  ///   - padding: zeros around x on each side, in pixels.
  ///   - isNormalised: whether a batch norm follows, so that the bias has no effect and stays as it is.
  ///   - initialisation: how w is drawn.
  ///   - biasInitialisation: how b is drawn.
  public init(
    _ name: String, from inputs: Int, to outputs: Int, window: Int, windowHeight: Int? = nil, stride: Int = 1,
    padding: Int = 0, isNormalised: Bool = false, initialisation: Initialisation = .dcganWeight,
    biasInitialisation: Initialisation = .constant(0)
  ) {
    weight = Parameter(
      name + ".weight", .weight, initialisation, .filter(outputs, inputs, windowHeight ?? window, window))
    bias = Parameter(
      name + ".bias", isNormalised ? .inertBias : .weight, biasInitialisation, .channels(outputs))
    self.stride = stride
    self.padding = padding
  }

  /// Weight, bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// x (N, C, H, W) -> y (N, K, H', W').
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(Conv2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

/// A transposed convolution (torch.nn.ConvTranspose2d). x (N, C, H, W) -> y (N, K, H', W') with
/// H' = (H - 1) stride - 2 padding + R, likewise W'; w (C, K, R, R), b (K).
public struct ConvTranspose2D: Module {
  /// w (C, K, R, R).
  public let weight: Parameter
  /// b (K).
  public let bias: Parameter
  let stride: Int
  let padding: Int

  /// - Parameters:
  ///   - name: dotted name of the layer within its network, as in PyTorch's state dict.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: R, height and width of the filter in pixels (PyTorch's kernel_size).
  ///   - stride: distance in y of neighbouring pixels of x.
  ///   - padding: pixels that are cut off y on each side.
  ///   - isNormalised: whether a batch norm follows, so that the bias has no effect and stays as it is.
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

  /// Weight, bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// x (N, C, H, W) -> y (N, K, H', W').
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    try tape.run(ConvTranspose2DForward(stride: stride, padding: padding), [x, weight.tensor, bias.tensor])[0]
  }
}

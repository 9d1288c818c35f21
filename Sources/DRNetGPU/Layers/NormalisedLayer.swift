import TensorEngine

/// A layer from feature maps to feature maps.
public protocol MapLayer: Module {
  /// x (N, C, H, W) -> (N, K, H', W').
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor
}

extension Conv2D: MapLayer {}
extension ConvTranspose2D: MapLayer {}

/// A convolution or transposed convolution, then batch norm and an activation. x (N, C, H, W) -> y (N, K, H', W').
public struct NormalisedLayer: MapLayer {
  private let convolution: any MapLayer
  private let norm: BatchNorm

  /// `Conv2D`, then `BatchNorm`.
  /// - Parameters:
  ///   - name: dotted name of the convolution within the network.
  ///   - normName: dotted name of the batch norm within the network.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: width of the filter in pixels (PyTorch's kernel_size).
  ///   - windowHeight: its height, if that is not its width.
  ///   - stride: step of the filter in pixels, in both directions.
  ///   - padding: zeros around x on each side, in pixels.
  ///   - activation: applied to the normalised values; `.identity` for none.
  ///   - renormalisation: of K channels, if training is to take the running statistics.
  public static func convolution(
    _ name: String, _ normName: String, from inputs: Int, to outputs: Int, window: Int, windowHeight: Int? = nil,
    stride: Int = 1, padding: Int = 0, activation: Activation, renormalisation: Renormalisation? = nil
  ) -> NormalisedLayer {
    NormalisedLayer(
      convolution: Conv2D(
        name, from: inputs, to: outputs, window: window, windowHeight: windowHeight, stride: stride, padding: padding,
        isNormalised: true),
      norm: BatchNorm(normName, channels: outputs, activation: activation, renormalisation: renormalisation))
  }

  /// `ConvTranspose2D`, then `BatchNorm`.
  /// - Parameters:
  ///   - name: dotted name of the transposed convolution within the network.
  ///   - normName: dotted name of the batch norm within the network.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - window: height and width of the filter in pixels (PyTorch's kernel_size).
  ///   - stride: distance in y of neighbouring pixels of x.
  ///   - padding: pixels that are cut off y on each side.
  ///   - activation: applied to the normalised values; `.identity` for none.
  public static func transposed(
    _ name: String, _ normName: String, from inputs: Int, to outputs: Int, window: Int, stride: Int = 1,
    padding: Int = 0, activation: Activation
  ) -> NormalisedLayer {
    NormalisedLayer(
      convolution: ConvTranspose2D(
        name, from: inputs, to: outputs, window: window, stride: stride, padding: padding, isNormalised: true),
      norm: BatchNorm(normName, channels: outputs, activation: activation))
  }

  /// Those of the convolution, then those of the batch norm.
  public var parameters: [Parameter] { convolution.parameters + norm.parameters }

  /// x (N, C, H, W) -> y (N, K, H', W').
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor { try norm(convolution(x, tape), tape) }
}

extension [NormalisedLayer] {
  /// Those of all layers, in order.
  public var parameters: [Parameter] { flatMap(\.parameters) }

  /// Applies the layers one after the other (torch.nn.Sequential). x (N, C, H, W) -> y (N, K, H', W').
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor { try reduce(x) { try $1($0, tape) } }
}

import TensorEngine

/// A layer from feature maps to feature maps.
public protocol MapLayer: Module {
  /// x (N, C, H, W) -> (N, K, H', W').
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor
}

extension Conv2D: MapLayer {}
extension ConvTranspose2D: MapLayer {}

/// A convolution, or a transposed one, then batch norm and an activation. x (N, C, H, W) -> y (N, K, H', W').
public struct NormalisedLayer: MapLayer {
  private let convolution: any MapLayer
  private let norm: BatchNorm

  /// - Parameters:
  ///   - name: of the convolution.
  ///   - normName: of the batch norm.
  public static func convolution(
    _ name: String, _ normName: String, from inputs: Int, to outputs: Int, window: Int, stride: Int = 1,
    padding: Int = 0, activation: Activation
  ) -> NormalisedLayer {
    NormalisedLayer(
      convolution: Conv2D(
        name, from: inputs, to: outputs, window: window, stride: stride, padding: padding, isNormalised: true),
      norm: BatchNorm(normName, channels: outputs, activation: activation))
  }

  /// The same with a transposed convolution.
  public static func transposed(
    _ name: String, _ normName: String, from inputs: Int, to outputs: Int, window: Int, stride: Int = 1,
    padding: Int = 0, activation: Activation
  ) -> NormalisedLayer {
    NormalisedLayer(
      convolution: ConvTranspose2D(
        name, from: inputs, to: outputs, window: window, stride: stride, padding: padding, isNormalised: true),
      norm: BatchNorm(normName, channels: outputs, activation: activation))
  }

  public var parameters: [Parameter] { convolution.parameters + norm.parameters }

  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor { try norm(convolution(x, tape), tape) }
}

extension [NormalisedLayer] {
  public var parameters: [Parameter] { flatMap(\.parameters) }

  /// One layer after the other.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor { try reduce(x) { try $1($0, tape) } }
}

import TensorEngine

/// The output of an encoder.
public struct Encoding {
  /// h (N, D), in (-1, 1), or of unit length.
  public let vector: Tensor
  /// The feature maps of the encoder's levels, finest first, for a decoder with skips.
  let maps: [Tensor]
}

/// A network that makes vectors of frames.
public protocol FrameEncoder: Module {
  /// frames (N, C, S, S) -> vectors (N, D), and the feature maps for a decoder with skips.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding
}

/// The last layer of every encoder: a convolution over the whole remaining map, batch norm, tanh.
struct EncoderHead: Module {
  private let layer: NormalisedLayer
  private let normalise: Bool

  init(_ layer: NormalisedLayer, normalise: Bool) {
    self.layer = layer
    self.normalise = normalise
  }

  var parameters: [Parameter] { layer.parameters }

  /// x (N, C, R, R), R the size of the window -> (N, D).
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let features = try layer(x, tape)
    let vectors = tape.reshape(features, to: [features.shape.batch, features.shape.channels])
    return normalise ? try tape.run(UnitLengthForward(), [vectors])[0] : vectors
  }
}

import TensorEngine

/// What an encoder makes of frames.
public struct Encoding {
  /// h (N, D), in (-1, 1), or of unit length.
  public let vector: Tensor
  /// The feature maps of its levels, finest first, which a decoder with skips takes from the content encoder.
  let maps: [Tensor]
}

/// Frames (N, C, S, S) -> vectors, and the feature maps on the way.
public protocol FrameEncoder: Module {
  func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding
}

/// The last layer of every encoder: a window over all that is left of the maps, batch norm, tanh.
struct EncoderHead: Module {
  private let layer: NormalisedLayer
  private let normalise: Bool

  init(_ layer: NormalisedLayer, normalise: Bool) {
    self.layer = layer
    self.normalise = normalise
  }

  var parameters: [Parameter] { layer.parameters }

  /// x (N, C, R, S) of one window -> (N, D).
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let features = try layer(x, tape)
    let vectors = tape.reshape(features, to: [features.shape.batch, features.shape.channels])
    return normalise ? try tape.run(UnitLengthForward(), [vectors])[0] : vectors
  }
}

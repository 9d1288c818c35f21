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

/// The last layer of every encoder: a convolution over the whole remaining map, its mean or its profiles, batch norm, tanh.
struct EncoderHead: Module {
  private let layer: NormalisedLayer
  private let kind: HeadNetwork
  private let normalise: Bool

  /// - Parameters:
  ///   - name: dotted name of the convolution within the encoder.
  ///   - normName: dotted name of the batch norm within the encoder.
  ///   - filters: C, the channels of the map.
  ///   - dimension: D.
  ///   - mapSize: R, height and width of the map.
  ///   - kind: how the map becomes a vector.
  ///   - norm: the statistics of the batch norm in training.
  ///   - normalise: scale the vectors to unit length.
  ///   - backend: holds the constants of the normalisation.
  init(
    _ name: String, _ normName: String, from filters: Int, to dimension: Int, mapSize: Int, kind: HeadNetwork,
    norm: HeadNorm, normalise: Bool, on backend: any Backend
  ) throws {
    let (height, width) =
      switch kind {
      case .convolution: (mapSize, mapSize)
      case .pooled: (1, 1)
      case .profiles: (2, mapSize)
      }
    layer = .convolution(
      name, normName, from: filters, to: dimension, window: width, windowHeight: height, activation: .tanh,
      renormalisation: norm == .running ? try Renormalisation(channels: dimension, on: backend) : nil)
    self.kind = kind
    self.normalise = normalise
  }

  var parameters: [Parameter] { layer.parameters }

  /// x (N, C, R, R) -> (N, D).
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let seen =
      switch kind {
      case .convolution: x
      case .pooled: try tape.globalAveragePool(x)
      case .profiles: try tape.activation(.sigmoid, tape.maxProfiles(x))
      }
    let features = try layer(seen, tape)
    let vectors = tape.reshape(features, to: [features.shape.batch, features.shape.channels])
    return normalise ? try tape.unitLength(vectors) : vectors
  }
}

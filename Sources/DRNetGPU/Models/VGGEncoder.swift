import TensorEngine

/// The vgg encoder: levels of 2 or 3 convolutions 3x3 with max-pooling between them, then one over the 4 x 4 that are left.
///
/// x (N, C, S, S) -> (N, D), in (-1, 1), or of unit length where `normalise` is set. Structure and parameter names are
/// drnet-py's (`models/vgg_unet_64.py`, `vgg_unet_128.py`).
public struct VGGEncoder: FrameEncoder {
  private let levels: [[NormalisedLayer]]
  private let head: EncoderHead

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - width: filters of the first level; later levels have 2, 4, 8 and 8 times as many.
  ///   - normalise: scale the output to unit length.
  public init(
    imageSize: Int, channels: Int, width: Int, dimension: Int, normalise: Bool, on backend: any Backend
  ) throws {
    let filters = Pyramid.filters(Pyramid.halvings(imageSize), width: width)
    levels = filters.indices.map { level in
      (0..<Self.depth(level)).map { index in
        .vgg(
          "c\(level + 1).\(index)", from: index > 0 ? filters[level] : level > 0 ? filters[level - 1] : channels,
          to: filters[level])
      }
    }
    let name = "c\(filters.count + 1)"
    head = EncoderHead(
      .convolution(
        name + ".0", name + ".1", from: filters[filters.count - 1], to: dimension, window: Pyramid.coarsest,
        activation: .tanh), normalise: normalise)
    try allocateParameters(on: backend)
  }

  /// Convolutions on a level, counted from 0, the finest.
  static func depth(_ level: Int) -> Int { level < 2 ? 2 : 3 }

  public var parameters: [Parameter] { levels.flatMap(\.parameters) + head.parameters }

  public func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding {
    func halved(_ x: Tensor) throws -> Tensor { try tape.run(MaxPool2DForward(window: 2, stride: 2), [x])[0] }
    var maps: [Tensor] = []
    for level in levels { maps.append(try level(maps.last.map(halved) ?? frames, tape)) }
    return Encoding(vector: try head(halved(maps[maps.count - 1]), tape), maps: maps)
  }
}

extension NormalisedLayer {
  /// A convolution 3x3 that keeps the size of the map.
  static func vgg(_ name: String, from inputs: Int, to outputs: Int) -> NormalisedLayer {
    .convolution(
      name + ".main.0", name + ".main.1", from: inputs, to: outputs, window: 3, padding: 1,
      activation: .leakyReLU(slope: 0.2))
  }
}

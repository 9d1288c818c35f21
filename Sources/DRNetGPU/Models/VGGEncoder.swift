import TensorEngine

/// The VGG encoder: levels of two or three 3x3 convolutions with max-pooling between them, then a head over the remaining
/// 4 x 4 pixels, or 16 x 16 for profiles.
///
/// Frames (N, C, S, S) -> vectors (N, D), in (-1, 1), or of unit length if `normalise` is set. Structure and parameter
/// names are those of drnet-py (`models/vgg_unet_64.py`, `vgg_unet_128.py`).
public struct VGGEncoder: FrameEncoder {
  private let levels: [[NormalisedLayer]]
  private let head: EncoderHead

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the first level; later levels have 2, 4, 8 and 8 times as many.
  ///   - dimension: D.
  ///   - normalise: scale the output to unit length.
  ///   - headKind: how the last map becomes a vector.
  ///   - headNorm: the statistics that the head is normalised with in training.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    imageSize: Int, channels: Int, width: Int, dimension: Int, normalise: Bool, headKind: HeadNetwork = .convolution,
    headNorm: HeadNorm = .batch, on backend: any Backend
  ) throws {
    let filters = Pyramid.filters(Pyramid.halvings(imageSize, to: headKind.mapSize), width: width)
    levels = filters.indices.map { level in
      (0..<Self.depth(level)).map { index in
        .vgg(
          "c\(level + 1).\(index)", from: index > 0 ? filters[level] : level > 0 ? filters[level - 1] : channels,
          to: filters[level])
      }
    }
    let name = "c\(filters.count + 1)"
    head = try EncoderHead(
      name + ".0", name + ".1", from: filters[filters.count - 1], to: dimension, mapSize: headKind.mapSize,
      kind: headKind, norm: headNorm, normalise: normalise, on: backend)
    try allocateParameters(on: backend)
  }

  /// Number of convolutions in a level; level 0 is the finest.
  static func depth(_ level: Int) -> Int { level < 2 ? 2 : 3 }

  /// From the first layer to the last.
  public var parameters: [Parameter] { levels.flatMap(\.parameters) + head.parameters }

  /// frames (N, C, S, S) -> vectors (N, D), and the feature map of each level.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding {
    func halved(_ x: Tensor) throws -> Tensor { try tape.run(MaxPool2DForward(window: 2, stride: 2), [x])[0] }
    var maps: [Tensor] = []
    for level in levels { maps.append(try level(maps.last.map(halved) ?? frames, tape)) }
    return Encoding(vector: try head(halved(maps[maps.count - 1]), tape), maps: maps)
  }
}

extension NormalisedLayer {
  /// A 3x3 convolution that keeps the size of the map.
  static func vgg(_ name: String, from inputs: Int, to outputs: Int) -> NormalisedLayer {
    .convolution(
      name + ".main.0", name + ".main.1", from: inputs, to: outputs, window: 3, padding: 1,
      activation: .leakyReLU(slope: 0.2))
  }
}

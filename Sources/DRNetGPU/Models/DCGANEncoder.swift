import TensorEngine

/// The DCGAN encoder: 4x4 convolutions with stride 2, each of which halves the map, then a head over the remaining 4 x 4
/// pixels, or 16 x 16 for profiles. With a pooled head and no skips, the last of them has a 3x3 window and keeps the size of
/// 8 x 8, so that the mean is over more places, each of which tells more of where a part of the object is within it.
///
/// Frames (N, C, S, S) -> vectors (N, D), in (-1, 1), or of unit length if `normalise` is set. Structure and parameter
/// names are those of drnet-py (`models/dcgan_64.py`, `dcgan_128.py`; with skips `dcgan_unet_64.py`,
/// `dcgan_unet_128.py`).
public struct DCGANEncoder: FrameEncoder {
  private let levels: [NormalisedLayer]
  private let head: EncoderHead

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the first layer; later layers have 2, 4, 8 and 8 times as many.
  ///   - dimension: D.
  ///   - normalise: scale the output to unit length.
  ///   - headKind: how the last map becomes a vector.
  ///   - headNorm: the statistics that the head is normalised with in training.
  ///   - givesSkips: whether a decoder takes the feature maps; parameters then have other names.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    imageSize: Int, channels: Int, width: Int, dimension: Int, normalise: Bool, headKind: HeadNetwork = .convolution,
    headNorm: HeadNorm = .batch, givesSkips: Bool = false, on backend: any Backend
  ) throws {
    let filters = [channels] + Pyramid.filters(Pyramid.halvings(imageSize, to: headKind.mapSize), width: width)
    let count = filters.count - 1
    levels = (0..<count).map { level in
      let name = givesSkips ? "c\(level + 1).main" : "main.\(level).main"
      let keepsSize = headKind == .pooled && !givesSkips && level == count - 1
      return .convolution(
        name + ".0", name + ".1", from: filters[level], to: filters[level + 1], window: keepsSize ? 3 : 4,
        stride: keepsSize ? 1 : 2, padding: 1, activation: .leakyReLU(slope: 0.2))
    }
    let names = givesSkips ? ("c\(count + 1).0", "c\(count + 1).1") : ("main.\(count)", "main.\(count + 1)")
    head = try EncoderHead(
      names.0, names.1, from: filters[count], to: dimension, mapSize: headKind.mapSize, kind: headKind,
      norm: headNorm, normalise: normalise, on: backend)
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { levels.parameters + head.parameters }

  /// frames (N, C, S, S) -> vectors (N, D), and the feature map of each level.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding {
    var maps: [Tensor] = []
    for level in levels { maps.append(try level(maps.last ?? frames, tape)) }
    return Encoding(vector: try head(maps[maps.count - 1], tape), maps: maps)
  }
}

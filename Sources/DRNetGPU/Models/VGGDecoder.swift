import TensorEngine

/// The VGG decoder with skips: the encoder mirrored, with nearest-neighbour upsampling in place of max-pooling.
///
/// Content (N, content) with the feature maps of a `VGGEncoder`, and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
/// Structure and parameter names are those of drnet-py (`models/vgg_unet_64.py`, `vgg_unet_128.py`).
public struct VGGDecoder: FrameDecoder {
  private let first: NormalisedLayer
  /// Coarsest first.
  private let levels: [[NormalisedLayer]]
  private let last: ConvTranspose2D

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - dimension: content and pose together.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the last level; earlier levels have 2, 4, 8 and 8 times as many.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(imageSize: Int, dimension: Int, channels: Int, width: Int, on backend: any Backend) throws {
    let filters = Pyramid.filters(Pyramid.halvings(imageSize), width: width)
    let top = filters.count - 1
    first = .transposed(
      "upc1.0", "upc1.1", from: dimension, to: filters[top], window: Pyramid.coarsest,
      activation: .leakyReLU(slope: 0.2))
    levels = (0...top).reversed().map { level in
      // In the finest level, the transposed convolution that outputs the frame replaces the last convolution.
      let depth = level > 0 ? VGGEncoder.depth(level) : 1
      return (0..<depth).map { index in
        .vgg(
          "upc\(top - level + 2).\(index)", from: (index == 0 ? 2 : 1) * filters[level],
          to: index == depth - 1 && level > 0 ? filters[level - 1] : filters[level])
      }
    }
    last = ConvTranspose2D(
      "upc\(top + 2).1", from: width, to: channels, window: 3, stride: 1, padding: 1, isNormalised: false)
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { first.parameters + levels.flatMap(\.parameters) + last.parameters }

  /// Content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor {
    var x = try first(tape.join(content.vector, pose), tape)
    for (level, map) in zip(levels, content.maps.reversed()) {
      let doubled = try tape.upsampleNearest(x, factor: 2)
      x = try level(tape.concatenate(doubled, map), tape)
    }
    return try tape.activation(.sigmoid, last(x, tape))
  }
}

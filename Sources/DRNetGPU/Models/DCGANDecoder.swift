import TensorEngine

/// The DCGAN decoder: the encoder mirrored, with transposed convolutions.
///
/// Content (N, content) and pose (N, pose) -> frames (N, C, S, S) in (0, 1). With skips, every level but the first also
/// takes the content encoder's feature maps of its size. Structure and parameter names are those of drnet-py
/// (`models/dcgan_64.py`, `dcgan_128.py`; with skips `dcgan_unet_64.py`, `dcgan_unet_128.py`).
public struct DCGANDecoder: FrameDecoder {
  private let levels: [NormalisedLayer]
  private let last: ConvTranspose2D
  private let hasSkips: Bool

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - dimension: content and pose together.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the last hidden layer; earlier layers have 2, 4, 8 and 8 times as many.
  ///   - hasSkips: whether it takes the content encoder's feature maps; parameters then have other names.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    imageSize: Int, dimension: Int, channels: Int, width: Int, hasSkips: Bool = false, on backend: any Backend
  ) throws {
    let filters = Pyramid.filters(Pyramid.halvings(imageSize), width: width)
    let copies = hasSkips ? 2 : 1
    let activation = Activation.leakyReLU(slope: 0.2)
    let top = filters.count - 1
    let first = NormalisedLayer.transposed(
      hasSkips ? "upc1.0" : "main.0", hasSkips ? "upc1.1" : "main.1", from: dimension, to: filters[top],
      window: Pyramid.coarsest, activation: activation)
    levels =
      [first]
      + (0..<top).map { index in
        let name = hasSkips ? "upc\(index + 2).main" : "main.\(index + 3).main"
        return .transposed(
          name + ".0", name + ".1", from: copies * filters[top - index], to: filters[top - index - 1], window: 4,
          stride: 2, padding: 1, activation: activation)
      }
    last = ConvTranspose2D(
      hasSkips ? "upc\(top + 2).0" : "main.\(top + 3)", from: copies * width, to: channels, window: 4, stride: 2,
      padding: 1, isNormalised: false)
    self.hasSkips = hasSkips
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { levels.parameters + last.parameters }

  /// Content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor {
    var x = try tape.join(content.vector, pose)
    for (index, level) in levels.enumerated() {
      x = try level(x, tape)
      if hasSkips { x = try tape.concatenate(x, content.maps[levels.count - 1 - index]) }
    }
    return try tape.activation(.sigmoid, last(x, tape))
  }
}

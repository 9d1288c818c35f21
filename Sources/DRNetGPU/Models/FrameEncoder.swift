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

/// Content and poses (N, pose) -> frames (N, C, S, S) in (0, 1).
public protocol FrameDecoder: Module {
  /// - Parameter content: of N frames, with the encoder's feature maps where the decoder has skips.
  func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor
}

/// The encoders there are.
public enum EncoderNetwork: String, CaseIterable, Codable, Sendable {
  case dcgan
  case vgg
  case resnet18
}

/// The decoders there are; those called unet take skips from the content encoder of the same name.
public enum DecoderNetwork: String, CaseIterable, Codable, Sendable {
  case dcgan
  case dcganUNet = "dcgan-unet"
  case vggUNet = "vgg-unet"

  /// The only content encoder whose feature maps fit; nil where the decoder takes none, and so any encoder will do.
  public var contentEncoder: EncoderNetwork? {
    switch self {
    case .dcgan: nil
    case .dcganUNet: .dcgan
    case .vggUNet: .vgg
    }
  }

  /// Whether it takes feature maps of the content frame.
  public var hasSkips: Bool { contentEncoder != nil }
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

/// How a pyramid of feature maps shrinks from a frame to 4 x 4 pixels, each level half as large as the one before.
enum Pyramid {
  /// Pixels of the last maps.
  static let coarsest = 4

  /// Halvings from a frame of `imageSize` pixels: 4 at 64 px, 5 at 128.
  static func halvings(_ imageSize: Int) -> Int { (imageSize / coarsest).trailingZeroBitCount }

  /// Filters of `levels` levels: twice as many on each, up to 8 times `width`.
  static func filters(_ levels: Int, width: Int) -> [Int] { (0..<levels).map { width * min(1 << $0, 8) } }
}

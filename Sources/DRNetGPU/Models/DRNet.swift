import TensorEngine

/// The four networks of the main model (Denton and Birodkar 2017).
public struct DRNet {
  /// E_c: what stays the same within a clip. Frames (N, C, S, S) -> (N, content).
  public let contentEncoder: any FrameEncoder
  /// E_p: what changes within a clip. Frames (N, C, S, S) -> (N, pose).
  public let poseEncoder: any FrameEncoder
  /// D: content and pose -> frames (N, C, S, S).
  public let decoder: any FrameDecoder
  /// C: what the pose encoder is trained against.
  public let adversary: Adversary
  /// The sizes that the model was built with.
  public let sizes: Sizes

  /// Supported heights and widths of frames, in pixels.
  public static let imageSizes: Set = [64, 128]

  /// The sizes and networks of a model; they determine the shape of every parameter.
  public struct Sizes: Equatable, Sendable {
    /// Height and width of a frame in pixels: 64 or 128.
    public var imageSize: Int
    /// Channels of a frame: 1 (grey) or 3 (RGB).
    public var channels: Int
    /// Filters of the encoders' first layer and of the decoder's last hidden one; the others are multiples of it.
    public var width: Int
    /// Length of a content vector.
    public var contentDim: Int
    /// Length of a pose vector.
    public var poseDim: Int
    /// Whether poses are scaled to unit length.
    public var normalise: Bool
    /// Network of the content encoder.
    public var contentEncoder: EncoderNetwork
    /// Network of the pose encoder.
    public var poseEncoder: EncoderNetwork
    /// Network of the decoder; one with skips needs its own content encoder, see `DecoderNetwork.contentEncoder`.
    public var decoder: DecoderNetwork
    /// How the content encoder makes a vector of its last map.
    public var contentHead: HeadNetwork
    /// How the pose encoder makes a vector of its last map.
    public var poseHead: HeadNetwork
    /// The statistics that the pose encoder's head is normalised with in training.
    public var poseNorm: HeadNorm
    /// Network of the adversary.
    public var adversary: AdversaryNetwork

    /// Sizes with their values, which the properties explain.
    public init(
      imageSize: Int = 64, channels: Int, width: Int, contentDim: Int, poseDim: Int, normalise: Bool,
      contentEncoder: EncoderNetwork = .dcgan, poseEncoder: EncoderNetwork = .dcgan, decoder: DecoderNetwork = .dcgan,
      contentHead: HeadNetwork = .convolution, poseHead: HeadNetwork = .convolution, poseNorm: HeadNorm = .batch,
      adversary: AdversaryNetwork = .scene
    ) {
      self.imageSize = imageSize
      self.channels = channels
      self.width = width
      self.contentDim = contentDim
      self.poseDim = poseDim
      self.normalise = normalise
      self.contentEncoder = contentEncoder
      self.poseEncoder = poseEncoder
      self.decoder = decoder
      self.contentHead = contentHead
      self.poseHead = poseHead
      self.poseNorm = poseNorm
      self.adversary = adversary
    }

    /// (N, C, S, S): a batch of frames.
    func frames(_ count: Int) -> Shape { [count, channels, imageSize, imageSize] }
  }

  /// Allocates the networks; parameters are undefined until `initialise` or a checkpoint sets them. The content encoder
  /// must be the one that the decoder needs, see `DecoderNetwork.contentEncoder`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(_ sizes: Sizes, on backend: any Backend) throws {
    precondition(
      sizes.decoder.contentEncoder ?? sizes.contentEncoder == sizes.contentEncoder,
      "\(sizes.decoder) takes no feature maps of \(sizes.contentEncoder)")
    contentEncoder = try sizes.encoder(
      sizes.contentEncoder, dimension: sizes.contentDim, normalise: false, headKind: sizes.contentHead,
      headNorm: .batch, givesSkips: sizes.decoder.hasSkips, on: backend)
    poseEncoder = try sizes.encoder(
      sizes.poseEncoder, dimension: sizes.poseDim, normalise: sizes.normalise, headKind: sizes.poseHead,
      headNorm: sizes.poseNorm, givesSkips: false, on: backend)
    decoder = try sizes.decoder(on: backend)
    adversary =
      switch sizes.adversary {
      case .scene: .scene(try SceneDiscriminator(poseDim: sizes.poseDim, on: backend))
      case .content:
        .content(try ContentPredictor(poseDim: sizes.poseDim, contentDim: sizes.contentDim, on: backend))
      }
    self.sizes = sizes
  }

  /// Of the names of the pose encoder's parameters.
  static let poseEncoderPrefix = "netEP."

  /// The networks with the prefixes of their names in checkpoints, in a fixed order.
  public var networks: [(prefix: String, module: any Module)] {
    [("netEC.", contentEncoder), (Self.poseEncoderPrefix, poseEncoder), ("netD.", decoder), adversary.network]
  }

  /// Draws new values for all parameters of all networks; they depend only on `seed` and `sizes`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func initialise(seed: UInt64, on backend: any Backend) throws {
    for (index, network) in networks.enumerated() {
      try network.module.initialise(seed: seed, network: index, on: backend)
    }
  }

  /// All parameters with their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    networks.flatMap { $0.module.namedParameters(prefix: $0.prefix) }
  }
}

extension DRNet.Sizes {
  fileprivate func encoder(
    _ network: EncoderNetwork, dimension: Int, normalise: Bool, headKind: HeadNetwork, headNorm: HeadNorm,
    givesSkips: Bool, on backend: any Backend
  ) throws -> any FrameEncoder {
    switch network {
    case .dcgan:
      try DCGANEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise,
        headKind: headKind, headNorm: headNorm, givesSkips: givesSkips, on: backend)
    case .vgg:
      try VGGEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise,
        headKind: headKind, headNorm: headNorm, on: backend)
    case .resnet18:
      try ResNetEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise,
        headKind: headKind, headNorm: headNorm, on: backend)
    }
  }

  fileprivate func decoder(on backend: any Backend) throws -> any FrameDecoder {
    let dimension = contentDim + poseDim
    return switch decoder {
    case .dcgan, .dcganUNet:
      try DCGANDecoder(
        imageSize: imageSize, dimension: dimension, channels: channels, width: width, hasSkips: decoder.hasSkips,
        on: backend)
    case .vggUNet:
      try VGGDecoder(imageSize: imageSize, dimension: dimension, channels: channels, width: width, on: backend)
    case .spatial:
      try SpatialDecoder(
        imageSize: imageSize, contentDim: contentDim, poseDim: poseDim, channels: channels, width: width, on: backend)
    }
  }
}

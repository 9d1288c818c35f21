import TensorEngine

/// The four networks of the main model.
public struct DRNet {
  public let contentEncoder: any FrameEncoder
  public let poseEncoder: any FrameEncoder
  public let decoder: any FrameDecoder
  public let sceneDiscriminator: SceneDiscriminator
  public let sizes: Sizes

  /// Heights and widths of frames, in pixels, that there are networks for.
  public static let imageSizes: Set = [64, 128]

  /// What determines the shape of every parameter.
  public struct Sizes: Equatable, Sendable {
    /// Height and width of a frame in pixels: 64 or 128.
    public var imageSize: Int
    /// Channels of a frame.
    public var channels: Int
    /// Filters of the first layer.
    public var width: Int
    public var contentDim: Int
    public var poseDim: Int
    /// Whether poses have unit length.
    public var normalise: Bool
    public var contentEncoder: EncoderNetwork
    public var poseEncoder: EncoderNetwork
    public var decoder: DecoderNetwork

    public init(
      imageSize: Int = 64, channels: Int, width: Int, contentDim: Int, poseDim: Int, normalise: Bool,
      contentEncoder: EncoderNetwork = .dcgan, poseEncoder: EncoderNetwork = .dcgan, decoder: DecoderNetwork = .dcgan
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
    }

    /// (N, C, S, S): a batch of frames.
    func frames(_ count: Int) -> Shape { [count, channels, imageSize, imageSize] }
  }

  /// Allocates the networks; parameters are undefined until `initialise` or a checkpoint fills them.
  public init(_ sizes: Sizes, on backend: any Backend) throws {
    precondition(
      sizes.decoder.contentEncoder ?? sizes.contentEncoder == sizes.contentEncoder,
      "\(sizes.decoder) takes no feature maps of \(sizes.contentEncoder)")
    contentEncoder = try sizes.encoder(
      sizes.contentEncoder, dimension: sizes.contentDim, normalise: false, givesSkips: sizes.decoder.hasSkips,
      on: backend)
    poseEncoder = try sizes.encoder(
      sizes.poseEncoder, dimension: sizes.poseDim, normalise: sizes.normalise, givesSkips: false, on: backend)
    decoder = try sizes.decoder(on: backend)
    sceneDiscriminator = try SceneDiscriminator(poseDim: sizes.poseDim, on: backend)
    self.sizes = sizes
  }

  /// Networks under the prefixes that checkpoints use, in a fixed order.
  public var networks: [(prefix: String, module: any Module)] {
    [("netEC.", contentEncoder), ("netEP.", poseEncoder), ("netD.", decoder), ("netC.", sceneDiscriminator)]
  }

  /// Draws all weights anew.
  public func initialise(seed: UInt64, on backend: any Backend) throws {
    for (index, network) in networks.enumerated() {
      try network.module.initialise(seed: seed, network: index, on: backend)
    }
  }

  /// All parameters under their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    networks.flatMap { $0.module.namedParameters(prefix: $0.prefix) }
  }
}

extension DRNet.Sizes {
  fileprivate func encoder(
    _ network: EncoderNetwork, dimension: Int, normalise: Bool, givesSkips: Bool, on backend: any Backend
  ) throws -> any FrameEncoder {
    switch network {
    case .dcgan:
      try DCGANEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise,
        givesSkips: givesSkips, on: backend)
    case .vgg:
      try VGGEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise, on: backend)
    case .resnet18:
      try ResNetEncoder(
        imageSize: imageSize, channels: channels, width: width, dimension: dimension, normalise: normalise, on: backend)
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
    }
  }
}

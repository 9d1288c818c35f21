/// The four networks of the main model.
public struct DRNet {
  public let contentEncoder: DCGANEncoder
  public let poseEncoder: DCGANEncoder
  public let decoder: DCGANDecoder
  public let sceneDiscriminator: SceneDiscriminator
  public let sizes: Sizes

  /// What determines the shape of every parameter.
  public struct Sizes: Equatable, Sendable {
    /// Channels of a frame.
    public var channels: Int
    /// Filters of the first layer.
    public var width: Int
    public var contentDim: Int
    public var poseDim: Int
    /// Whether poses have unit length.
    public var normalise: Bool

    public init(channels: Int, width: Int, contentDim: Int, poseDim: Int, normalise: Bool) {
      self.channels = channels
      self.width = width
      self.contentDim = contentDim
      self.poseDim = poseDim
      self.normalise = normalise
    }
  }

  /// Height and width of a frame, in pixels.
  public static let imageSize = 64

  /// Allocates the networks; parameters are undefined until `initialise` or a checkpoint fills them.
  public init(_ sizes: Sizes, on backend: any Backend) throws {
    contentEncoder = try DCGANEncoder(
      channels: sizes.channels, width: sizes.width, dimension: sizes.contentDim, normalise: false, on: backend)
    poseEncoder = try DCGANEncoder(
      channels: sizes.channels, width: sizes.width, dimension: sizes.poseDim, normalise: sizes.normalise, on: backend)
    decoder = try DCGANDecoder(
      dimension: sizes.contentDim + sizes.poseDim, channels: sizes.channels, width: sizes.width, on: backend)
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
    networks.flatMap { network in network.module.parameters.map { (network.prefix + $0.name, $0) } }
  }
}

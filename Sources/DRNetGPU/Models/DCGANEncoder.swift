/// The dcgan encoder for 64 px frames: four convolutions 4x4, stride 2, each halving the map, then one over what is left.
///
/// x (N, C, 64, 64) -> (N, D), in (-1, 1), or of unit length where `normalise` is set. Structure and parameter names are
/// drnet-py's (`models/dcgan_64.py`).
public struct DCGANEncoder: Module {
  private let blocks: [(convolution: Conv2D, norm: BatchNorm)]
  private let head: Conv2D
  private let headNorm: BatchNorm
  private let normalise: Bool
  /// Length of the vectors that it makes.
  public let dimension: Int

  /// - Parameters:
  ///   - width: filters of the first layer; later layers have 2, 4 and 8 times as many.
  ///   - normalise: scale the output to unit length.
  public init(channels: Int, width: Int, dimension: Int, normalise: Bool, on backend: any Backend) throws {
    let filters = [channels, width, 2 * width, 4 * width, 8 * width]
    blocks = (0..<4).map { level in
      (
        Conv2D(
          "main.\(level).main.0", from: filters[level], to: filters[level + 1], window: 4, stride: 2, padding: 1,
          isNormalised: true),
        BatchNorm(
          "main.\(level).main.1", channels: filters[level + 1], activation: .leakyReLU(slope: 0.2))
      )
    }
    head = Conv2D(
      "main.4", from: filters[4], to: dimension, window: 4, stride: 1, padding: 0, isNormalised: true)
    headNorm = BatchNorm("main.5", channels: dimension, activation: .tanh)
    self.normalise = normalise
    self.dimension = dimension
    try allocateParameters(on: backend)
  }

  public var parameters: [Parameter] {
    blocks.flatMap { $0.convolution.parameters + $0.norm.parameters } + head.parameters + headNorm.parameters
  }

  public func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Tensor {
    var x = frames
    for block in blocks { x = try block.norm(block.convolution(x, tape), tape) }
    let features = try headNorm(head(x, tape), tape)
    let vectors = tape.reshape(features, to: [frames.shape.batch, dimension])
    return normalise ? try tape.run(UnitLengthForward(), [vectors])[0] : vectors
  }
}

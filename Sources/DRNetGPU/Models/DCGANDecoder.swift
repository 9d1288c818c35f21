/// The dcgan decoder for 64 px frames: the encoder's mirror image, of transposed convolutions.
///
/// h_c (N, content), h_p (N, pose) -> frames (N, C, 64, 64) in (0, 1). Structure and parameter names are drnet-py's
/// (`models/dcgan_64.py`).
public struct DCGANDecoder: Module {
  private let blocks: [(convolution: ConvTranspose2D, norm: BatchNorm)]
  private let last: ConvTranspose2D

  /// - Parameter width: filters of the last hidden layer; earlier layers have 2, 4 and 8 times as many.
  public init(dimension: Int, channels: Int, width: Int, on backend: any Backend) throws {
    func block(_ name: String, _ normName: String, from inputs: Int, to outputs: Int, stride: Int, padding: Int)
      -> (ConvTranspose2D, BatchNorm)
    {
      (
        ConvTranspose2D(
          name, from: inputs, to: outputs, window: 4, stride: stride, padding: padding, isNormalised: true),
        BatchNorm(normName, channels: outputs, activation: .leakyReLU(slope: 0.2))
      )
    }
    blocks = [
      block("main.0", "main.1", from: dimension, to: 8 * width, stride: 1, padding: 0),
      block("main.3.main.0", "main.3.main.1", from: 8 * width, to: 4 * width, stride: 2, padding: 1),
      block("main.4.main.0", "main.4.main.1", from: 4 * width, to: 2 * width, stride: 2, padding: 1),
      block("main.5.main.0", "main.5.main.1", from: 2 * width, to: width, stride: 2, padding: 1),
    ]
    last = ConvTranspose2D(
      "main.6", from: width, to: channels, window: 4, stride: 2, padding: 1, isNormalised: false)
    try allocateParameters(on: backend)
  }

  public var parameters: [Parameter] {
    blocks.flatMap { $0.convolution.parameters + $0.norm.parameters } + last.parameters
  }

  public func callAsFunction(content: Tensor, pose: Tensor, _ tape: Tape) throws -> Tensor {
    let vectors = try tape.run(ConcatenateForward(), [content, pose])[0]
    var x = tape.reshape(vectors, to: [vectors.shape.batch, vectors.shape.channels, 1, 1])
    for block in blocks { x = try block.norm(block.convolution(x, tape), tape) }
    return try tape.run(ActivationForward(activation: .sigmoid), [last(x, tape)])[0]
  }
}

import TensorEngine

/// Tells whether two poses come from the same clip: linear layers 2 pose -> 100 -> 100 -> 1, with ReLU between.
///
/// It returns logits; the sigmoid of drnet-py's last layer is part of the loss, which is numerically stable.
public struct SceneDiscriminator: Module {
  private let layers: MultilayerPerceptron

  /// Units of each hidden layer.
  public static let hiddenSize = 100

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(poseDim: Int, on backend: any Backend) throws {
    layers = MultilayerPerceptron("main", sizes: [2 * poseDim, Self.hiddenSize, Self.hiddenSize, 1])
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { layers.parameters }

  /// Two poses (N, pose) each -> logits (N, 1), positive for "same clip".
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ first: Tensor, _ second: Tensor, _ tape: Tape) throws -> Tensor {
    try layers(tape.concatenate(first, second), tape)
  }
}

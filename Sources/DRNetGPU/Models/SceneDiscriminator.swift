import TensorEngine

/// Tells whether two poses come from the same clip: linear layers 2 pose -> 100 -> 100 -> 1, with ReLU between.
///
/// It returns logits; the sigmoid of drnet-py's last layer is part of the loss, which is numerically stable.
public struct SceneDiscriminator: Module {
  private let layers: [Linear]

  /// Units of each hidden layer.
  public static let hiddenSize = 100

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(poseDim: Int, on backend: any Backend) throws {
    let sizes = [2 * poseDim, Self.hiddenSize, Self.hiddenSize, 1]
    layers = (0..<3).map { Linear("main.\(2 * $0)", from: sizes[$0], to: sizes[$0 + 1]) }
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { layers.flatMap(\.parameters) }

  /// Two poses (N, pose) each -> logits (N, 1), positive for "same clip".
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ first: Tensor, _ second: Tensor, _ tape: Tape) throws -> Tensor {
    var x = try tape.concatenate(first, second)
    for (index, layer) in layers.enumerated() {
      x = try layer(x, tape)
      if index < layers.count - 1 { x = try tape.activation(.relu, x) }
    }
    return x
  }
}

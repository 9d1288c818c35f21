import TensorEngine

/// Linear layers with ReLU between them. x (N, C) -> y (N, K).
public struct MultilayerPerceptron: Module {
  private let layers: [Linear]

  /// - Parameters:
  ///   - name: dotted name within its network; layer i is `name.2i`, as in a torch.nn.Sequential with the activations.
  ///   - sizes: C, the units of each hidden layer, K.
  public init(_ name: String, sizes: [Int]) {
    layers = zip(sizes, sizes.dropFirst()).enumerated().map { index, size in
      Linear("\(name).\(2 * index)", from: size.0, to: size.1)
    }
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { layers.flatMap(\.parameters) }

  /// x (N, C) -> y (N, K).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    var x = x
    for (index, layer) in layers.enumerated() {
      x = try layer(x, tape)
      if index < layers.count - 1 { x = try tape.activation(.relu, x) }
    }
    return x
  }
}

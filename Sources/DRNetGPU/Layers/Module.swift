import TensorEngine

/// A network or a part of one: its parameters, in PyTorch's order, under dotted names.
public protocol Module {
  var parameters: [Parameter] { get }
}

extension Module {
  /// Draws every parameter anew. Numbers depend on the seed, on `network` and on the parameter's place in the list alone.
  public func initialise(seed: UInt64, network: Int, on backend: any Backend) throws {
    for (index, parameter) in parameters.enumerated() {
      var random = CounterRandom(
        seed: seed, purpose: .weights, step: network, sample: index)
      try backend.upload(parameter.initialisation.draw(parameter.type.shape, from: &random), to: parameter.tensor)
    }
  }
}

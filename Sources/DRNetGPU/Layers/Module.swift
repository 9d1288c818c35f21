import TensorEngine

/// A network or a part of one (torch.nn.Module): it lists its parameters, whose names are dotted as in PyTorch.
public protocol Module {
  /// All parameters, in PyTorch's order.
  var parameters: [Parameter] { get }
}

extension Module {
  /// Draws new values for every parameter. They depend only on the seed, on `network` and on the parameter's position
  /// in `parameters`.
  /// - Parameters:
  ///   - seed: the seed of the run.
  ///   - network: a number for this network; networks with different numbers draw different values.
  ///   - backend: the backend that holds the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func initialise(seed: UInt64, network: Int, on backend: any Backend) throws {
    for (index, parameter) in parameters.enumerated() {
      var random = CounterRandom(
        seed: seed, purpose: .weights, step: network, sample: index)
      try backend.upload(parameter.initialisation.draw(parameter.type.shape, from: &random), to: parameter.tensor)
    }
  }
}

import TensorEngine

/// Hidden and cell state after every one of T time steps, (T N, H) each: the time steps' rows lie one below the other.
public struct LSTMState {
  public let hidden: Tensor
  public let cell: Tensor

  /// The state before the first step: zeros, (N, H) each.
  public static func zero(batch: Int, size: Int, on backend: any Backend) throws -> LSTMState {
    let zeros = try backend.upload(HostTensor([batch, size]), as: .features)
    return LSTMState(hidden: zeros, cell: zeros)
  }
}

/// A layer of a long short-term memory, as torch.nn.LSTM with one layer. Gates are stacked i, f, g, o.
public struct LSTMLayer: Module {
  private let inputWeights: Linear
  private let hiddenWeight: Parameter
  private let hiddenBias: Parameter
  public let parameters: [Parameter]

  /// - Parameters:
  ///   - name: dotted name of the layer within its network.
  ///   - inputs: C.
  ///   - size: H.
  public init(_ name: String, from inputs: Int, size: Int) {
    let initialisation = Initialisation.uniform(bound: 1 / Float(size).squareRoot())
    func parameter(_ suffix: String, _ type: TensorType) -> Parameter {
      Parameter(name + suffix, .weight, initialisation, type)
    }
    inputWeights = Linear(
      weight: parameter(".weight_ih", .filter(4 * size, inputs)), bias: parameter(".bias_ih", .channels(4 * size)))
    hiddenWeight = parameter(".weight_hh", .filter(4 * size, size))
    hiddenBias = parameter(".bias_hh", .channels(4 * size))
    parameters = [inputWeights.weight, hiddenWeight, inputWeights.bias, hiddenBias]
  }

  /// x (T N, C) of T time steps, from the state before the first of them. Gradients reach x through the hidden states.
  ///
  /// - Throws: `AllocationError` or `DeviceError` if the backend cannot run it.
  public func callAsFunction(_ x: Tensor, from initial: LSTMState, _ tape: Tape) throws -> LSTMState {
    let outputs = try tape.run(
      LSTMForward(),
      [inputWeights(x, tape), initial.hidden, initial.cell, hiddenWeight.tensor, hiddenBias.tensor])
    return LSTMState(hidden: outputs[0], cell: outputs[1])
  }
}

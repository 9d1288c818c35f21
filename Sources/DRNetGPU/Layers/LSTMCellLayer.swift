/// Hidden and cell state, (N, H) each.
public struct LSTMCellState {
  public internal(set) var hidden: Tensor
  public internal(set) var cell: Tensor

  /// The state before the first step: zeros.
  static func zero(batch: Int, size: Int, on backend: any Backend) throws -> LSTMCellState {
    let zeros = try backend.upload(HostTensor([batch, size]), as: .features)
    return LSTMCellState(hidden: zeros, cell: zeros)
  }
}

/// One step of a long short-term memory. Gates are stacked i, f, g, o, as in PyTorch.
struct LSTMCell: Module {
  let inputWeights: Linear
  let hiddenWeights: Linear
  let parameters: [Parameter]

  init(_ name: String, from inputs: Int, size: Int) {
    let initialisation = Initialisation.uniform(bound: 1 / Float(size).squareRoot())
    func parameter(_ suffix: String, _ type: TensorType) -> Parameter {
      Parameter(name + suffix, .weight, initialisation, type)
    }
    let weightIH = parameter(".weight_ih", .filter(4 * size, inputs))
    let weightHH = parameter(".weight_hh", .filter(4 * size, size))
    inputWeights = Linear(weight: weightIH, bias: parameter(".bias_ih", .channels(4 * size)))
    hiddenWeights = Linear(weight: weightHH, bias: parameter(".bias_hh", .channels(4 * size)))
    parameters = [inputWeights.weight, hiddenWeights.weight, inputWeights.bias, hiddenWeights.bias]
  }

  func callAsFunction(_ x: Tensor, _ state: LSTMCellState, _ tape: Tape) throws -> LSTMCellState {
    let gatesFromInput = try inputWeights(x, tape)
    let gatesFromHidden = try hiddenWeights(state.hidden, tape)
    let outputs = try tape.run(LSTMCellForward(), [gatesFromInput, gatesFromHidden, state.cell])
    return LSTMCellState(hidden: outputs[0], cell: outputs[1])
  }
}

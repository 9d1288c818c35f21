import TensorEngine

/// Hidden and cell state after each of T time steps, (T N, H) each: N rows for the first time step, then N for the
/// second, and so on.
public struct LSTMState {
  /// h (T N, H).
  public let hidden: Tensor
  /// c (T N, H).
  public let cell: Tensor

  /// The state before the first step: zeros, (N, H) each, with N = `batch` and H = `size`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public static func zero(batch: Int, size: Int, on backend: any Backend) throws -> LSTMState {
    let zeros = try backend.upload(HostTensor([batch, size]), as: .features)
    return LSTMState(hidden: zeros, cell: zeros)
  }
}

/// One LSTM layer (torch.nn.LSTM with one layer), from C inputs to H hidden units. Gates are stacked i, f, g, o.
public struct LSTMLayer: Module {
  private let inputWeights: Linear
  private let hiddenWeight: Parameter
  private let hiddenBias: Parameter
  /// weight_ih (4 H, C), weight_hh (4 H, H), bias_ih (4 H), bias_hh (4 H).
  public let parameters: [Parameter]

  /// - Parameters:
  ///   - name: dotted name of the layer within its network.
  ///   - inputs: C.
  ///   - size: H, the number of hidden units.
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

  /// x (T N, C) of T time steps -> the states after each, (T N, H). Gradients reach x through the hidden states.
  /// - Parameters:
  ///   - x: the inputs: N rows for the first time step, then N for the second, and so on.
  ///   - initial: the state before the first time step, (N, H).
  ///   - tape: runs the ops and records them for the backward pass.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ x: Tensor, from initial: LSTMState, _ tape: Tape) throws -> LSTMState {
    let outputs = try tape.run(
      LSTMForward(),
      [inputWeights(x, tape), initial.hidden, initial.cell, hiddenWeight.tensor, hiddenBias.tensor])
    return LSTMState(hidden: outputs[0], cell: outputs[1])
  }
}

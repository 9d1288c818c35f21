/// Predicts the next pose from the present one and the clip's content: embed, LSTM cells, linear, tanh.
public struct PoseLSTM: Module {
  private let embed: Linear
  private let cells: [LSTMCell]
  private let output: Linear
  public let rnnSize: Int

  /// One state a cell.
  public typealias State = [LSTMCellState]

  public init(poseDim: Int, contentDim: Int, rnnSize: Int, rnnLayers: Int, on backend: any Backend) throws {
    func linear(_ name: String, from inputs: Int, to outputs: Int) -> Linear {
      Linear(name, from: inputs, to: outputs, initialisation: .uniform(bound: 1 / Float(inputs).squareRoot()))
    }
    embed = linear("embed", from: poseDim + contentDim, to: rnnSize)
    cells = (0..<rnnLayers).map { LSTMCell("lstm.\($0)", from: rnnSize, size: rnnSize) }
    output = linear("output.0", from: rnnSize, to: poseDim)
    self.rnnSize = rnnSize
    try allocateParameters(on: backend)
  }

  public var parameters: [Parameter] { embed.parameters + cells.flatMap(\.parameters) + output.parameters }

  /// All parameters under their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] { parameters.map { ("lstm." + $0.name, $0) } }

  /// The state before the first step: zeros.
  public func initialState(batch: Int, on backend: any Backend) throws -> State {
    try cells.map { _ in try .zero(batch: batch, size: rnnSize, on: backend) }
  }

  /// One step. pose (N, pose), content (N, content) -> the next pose (N, pose), in (-1, 1).
  public func callAsFunction(pose: Tensor, content: Tensor, state: inout State, _ tape: Tape) throws -> Tensor {
    var x = try embed(try tape.run(ConcatenateForward(), [pose, content])[0], tape)
    for (index, cell) in cells.enumerated() {
      state[index] = try cell(x, state[index], tape)
      x = state[index].hidden
    }
    return try tape.run(ActivationForward(activation: .tanh), [output(x, tape)])[0]
  }
}

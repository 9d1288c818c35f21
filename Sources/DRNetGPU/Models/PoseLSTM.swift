import TensorEngine

/// Predicts the next pose from the present one and the clip's content: embed, LSTM layers, linear, tanh.
public struct PoseLSTM: Module {
  private let embed: Linear
  private let layers: [LSTMLayer]
  private let output: Linear
  public let rnnSize: Int

  /// One state a layer.
  public typealias State = [LSTMState]

  public init(poseDim: Int, contentDim: Int, rnnSize: Int, rnnLayers: Int, on backend: any Backend) throws {
    func linear(_ name: String, from inputs: Int, to outputs: Int) -> Linear {
      Linear(name, from: inputs, to: outputs, initialisation: .uniform(bound: 1 / Float(inputs).squareRoot()))
    }
    embed = linear("embed", from: poseDim + contentDim, to: rnnSize)
    layers = (0..<rnnLayers).map { LSTMLayer("lstm.\($0)", from: rnnSize, size: rnnSize) }
    output = linear("output.0", from: rnnSize, to: poseDim)
    self.rnnSize = rnnSize
    try allocateParameters(on: backend)
  }

  public var parameters: [Parameter] { embed.parameters + layers.flatMap(\.parameters) + output.parameters }

  /// All parameters under their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] { parameters.map { ("lstm." + $0.name, $0) } }

  /// The state before the first step: zeros.
  public func initialState(batch: Int, on backend: any Backend) throws -> State {
    try layers.map { _ in try .zero(batch: batch, size: rnnSize, on: backend) }
  }

  /// T time steps whose poses are all known: layer by layer, so that all but the recurrence is done once for all of them.
  ///
  /// poses (T N, pose), the time steps' rows one below the other; content (N, content), the same at each of them -> the
  /// next poses (T N, pose), in (-1, 1).
  public func callAsFunction(poses: Tensor, content: Tensor, from state: State, _ tape: Tape) throws -> Tensor {
    try predict(poses, content, from: state, tape).next
  }

  /// One step. pose (N, pose), content (N, content) -> the next pose (N, pose), in (-1, 1).
  public func step(pose: Tensor, content: Tensor, state: inout State, _ tape: Tape) throws -> Tensor {
    let next: Tensor
    (next, state) = try predict(pose, content, from: state, tape)
    return next
  }

  private func predict(
    _ poses: Tensor, _ content: Tensor, from state: State, _ tape: Tape
  ) throws -> (next: Tensor, states: State) {
    var x = try embed(try tape.concatenate(poses, content), tape)
    let states = try zip(layers, state).map { layer, initial in
      let states = try layer(x, from: initial, tape)
      x = states.hidden
      return states
    }
    return (try tape.activation(.tanh, output(x, tape)), states)
  }
}

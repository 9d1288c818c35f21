import TensorEngine

/// Predicts the next pose from the current one and the clip's content: linear, LSTM layers, linear, tanh (Denton and
/// Birodkar 2017).
public struct PoseLSTM: Module {
  private let embed: Linear
  private let layers: [LSTMLayer]
  private let output: Linear
  /// H, the hidden units of each layer.
  public let rnnSize: Int

  /// One state per layer.
  public typealias State = [LSTMState]

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Parameters:
  ///   - poseDim: length of a pose vector.
  ///   - contentDim: length of a content vector.
  ///   - rnnSize: H, the hidden units of each layer.
  ///   - rnnLayers: number of LSTM layers.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
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

  /// From the first layer to the last.
  public var parameters: [Parameter] { embed.parameters + layers.flatMap(\.parameters) + output.parameters }

  /// All parameters with their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] { parameters.map { ("lstm." + $0.name, $0) } }

  /// The state before the first step: zeros, (N, H) for each layer, with N = `batch`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func initialState(batch: Int, on backend: any Backend) throws -> State {
    try layers.map { _ in try .zero(batch: batch, size: rnnSize, on: backend) }
  }

  /// Predicts from T time steps whose poses are all known. It goes layer by layer, so that everything but the
  /// recurrence is computed for all time steps at once.
  /// - Parameters:
  ///   - poses: (T N, pose): N rows for the first time step, then N for the second, and so on.
  ///   - content: (N, content), the same at each time step.
  ///   - state: the state before the first time step.
  ///   - tape: runs the ops and records them for the backward pass.
  /// - Returns: the pose that follows each, (T N, pose), in (-1, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(poses: Tensor, content: Tensor, from state: State, _ tape: Tape) throws -> Tensor {
    try predict(poses, content, from: state, tape).next
  }

  /// One time step, which also updates `state`. pose (N, pose), content (N, content) -> the next pose (N, pose), in
  /// (-1, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
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

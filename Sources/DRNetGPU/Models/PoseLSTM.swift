import TensorEngine

/// Predicts the next pose from the current one and the clip's content: linear, LSTM layers, linear, tanh (Denton and
/// Birodkar 2017). A residual one adds the output of the second linear layer to the current pose, without tanh (the
/// residual dynamics of Franceschi et al. 2020).
public struct PoseLSTM: Module {
  private let embed: Linear
  private let layers: [LSTMLayer]
  private let output: Linear
  /// H, the hidden units of each layer.
  public let rnnSize: Int
  /// Whether it predicts the difference from the current pose.
  public let isResidual: Bool

  /// One state per layer.
  public typealias State = [LSTMState]

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Parameters:
  ///   - poseDim: length of a pose vector.
  ///   - contentDim: length of a content vector.
  ///   - rnnSize: H, the hidden units of each layer.
  ///   - rnnLayers: number of LSTM layers.
  ///   - residual: whether it predicts the difference from the current pose.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    poseDim: Int, contentDim: Int, rnnSize: Int, rnnLayers: Int, residual: Bool = false, on backend: any Backend
  ) throws {
    func linear(_ name: String, from inputs: Int, to outputs: Int) -> Linear {
      Linear(name, from: inputs, to: outputs, initialisation: .uniform(bound: 1 / Float(inputs).squareRoot()))
    }
    embed = linear("embed", from: poseDim + contentDim, to: rnnSize)
    layers = (0..<rnnLayers).map { LSTMLayer("lstm.\($0)", from: rnnSize, size: rnnSize) }
    output = linear("output.0", from: rnnSize, to: poseDim)
    self.rnnSize = rnnSize
    isResidual = residual
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

  /// Predicts from T time steps whose poses are all known, and from F more whose poses are its own predictions. The T
  /// time steps go layer by layer, so that everything but the recurrence is computed for all of them at once.
  /// - Parameters:
  ///   - poses: (T N, pose): N rows for the first time step, then N for the second, and so on.
  ///   - content: (N, content), the same at each time step.
  ///   - state: the state before the first time step.
  ///   - freeSteps: F.
  ///   - tape: runs the ops and records them for the backward pass, which goes through the fed predictions.
  /// - Returns: the pose that follows each, ((T + F) N, pose), in (-1, 1) unless the LSTM is residual.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(
    poses: Tensor, content: Tensor, from state: State, freeSteps: Int = 0, _ tape: Tape
  ) throws -> Tensor {
    let (next, states) = try predict(poses, content, from: state, tape)
    guard freeSteps > 0 else { return next }
    let batch = content.shape.batch
    func last(_ steps: Tensor) throws -> Tensor {
      try tape.run(SliceRows(first: steps.shape.batch - batch, count: batch), [steps])[0]
    }
    var (pose, state) = (
      try last(next), try states.map { LSTMState(hidden: try last($0.hidden), cell: try last($0.cell)) }
    )
    let free = try (0..<freeSteps).map { _ in
      pose = try step(pose: pose, content: content, state: &state, tape)
      return pose
    }
    return try tape.run(StackRows(), [next] + free)[0]
  }

  /// One time step, which also updates `state`. pose (N, pose), content (N, content) -> the next pose (N, pose), in
  /// (-1, 1) unless the LSTM is residual.
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
    let result = try output(x, tape)
    return (isResidual ? try tape.run(Add(), [poses, result])[0] : try tape.activation(.tanh, result), states)
  }
}

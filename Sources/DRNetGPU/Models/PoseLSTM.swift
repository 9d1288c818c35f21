import TensorEngine

/// Predicts the next pose from the current one and the clip's content: linear, LSTM layers, linear, tanh (Denton and
/// Birodkar 2017). A residual one adds the output of the second linear layer to the current pose, without tanh (the
/// residual dynamics of Franceschi et al. 2020).
///
/// One with attention (Luong et al. 2015) also feeds the second linear layer with the context: the mean of the top layer's
/// hidden states at the observed time steps, weighted by the softmax of their products with the present one. A time step
/// sees the observed ones up to itself.
public struct PoseLSTM: Module {
  private let embed: Linear
  private let layers: [LSTMLayer]
  private let output: Linear
  /// Length of a pose vector.
  public let poseDim: Int
  /// Length of a content vector.
  public let contentDim: Int
  /// H, the hidden units of each layer.
  public let rnnSize: Int
  /// Whether it predicts the difference from the current pose.
  public let isResidual: Bool
  /// Whether it scales the predicted pose to unit length.
  public let isNormalised: Bool
  /// Whether the second linear layer reads hidden state and context, not the hidden state alone.
  public let hasAttention: Bool

  /// What one time step hands on to the next.
  public struct State {
    /// One for each layer.
    public fileprivate(set) var layers: [LSTMState]
    /// The top layer's hidden states at the M observed time steps so far, (M N, H); nil before the first, and without
    /// attention.
    public fileprivate(set) var memory: Tensor?
  }

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Parameters:
  ///   - poseDim: length of a pose vector.
  ///   - contentDim: length of a content vector.
  ///   - rnnSize: H, the hidden units of each layer.
  ///   - rnnLayers: number of LSTM layers.
  ///   - residual: whether it predicts the difference from the current pose.
  ///   - attention: whether it attends to the observed time steps.
  ///   - normalise: whether it scales the predicted pose to unit length.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    poseDim: Int, contentDim: Int, rnnSize: Int, rnnLayers: Int, residual: Bool = false, attention: Bool = false,
    normalise: Bool = false, on backend: any Backend
  ) throws {
    func linear(_ name: String, from inputs: Int, to outputs: Int) -> Linear {
      Linear(name, from: inputs, to: outputs, initialisation: .uniform(bound: 1 / Float(inputs).squareRoot()))
    }
    embed = linear("embed", from: poseDim + contentDim, to: rnnSize)
    layers = (0..<rnnLayers).map { LSTMLayer("lstm.\($0)", from: rnnSize, size: rnnSize) }
    output = linear("output.0", from: attention ? 2 * rnnSize : rnnSize, to: poseDim)
    (self.poseDim, self.contentDim, self.rnnSize) = (poseDim, contentDim, rnnSize)
    isResidual = residual
    hasAttention = attention
    isNormalised = normalise
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { embed.parameters + layers.flatMap(\.parameters) + output.parameters }

  /// All parameters with their names in a checkpoint.
  public var namedParameters: [(name: String, parameter: Parameter)] { parameters.map { ("lstm." + $0.name, $0) } }

  /// The state before the first step: zeros, (N, H) for each layer, with N = `batch`, and no memory.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func initialState(batch: Int, on backend: any Backend) throws -> State {
    State(layers: try layers.map { _ in try .zero(batch: batch, size: rnnSize, on: backend) })
  }

  /// Predicts from T time steps whose poses are all known, and from F more whose poses are its own predictions. The T
  /// time steps go layer by layer, so that everything but the recurrence is computed for all of them at once.
  /// - Parameters:
  ///   - poses: (T N, pose): N rows for the first time step, then N for the second, and so on.
  ///   - content: (N, content), the same at each time step.
  ///   - state: the state before the first time step.
  ///   - observed: how many of the T time steps, from the first on, are observed. Only attention depends on it.
  ///   - freeSteps: F.
  ///   - tape: runs the ops and records them for the backward pass, which goes through the fed predictions.
  /// - Returns: the pose that follows each, ((T + F) N, pose), in (-1, 1) unless the LSTM is residual.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(
    poses: Tensor, content: Tensor, from state: State, observed: Int, freeSteps: Int = 0, _ tape: Tape
  ) throws -> Tensor {
    let (next, states) = try predict(poses, content, from: state, observed: observed, tape)
    guard freeSteps > 0 else { return next }
    let batch = content.shape.batch
    func last(_ steps: Tensor) throws -> Tensor {
      try tape.run(SliceRows(first: steps.shape.batch - batch, count: batch), [steps])[0]
    }
    var (pose, state) = (try last(next), states)
    state.layers = try states.layers.map { LSTMState(hidden: try last($0.hidden), cell: try last($0.cell)) }
    let free = try (0..<freeSteps).map { _ in
      pose = try step(pose: pose, content: content, state: &state, isObserved: false, tape)
      return pose
    }
    return try tape.run(StackRows(), [next] + free)[0]
  }

  /// One time step, which also updates `state`. pose (N, pose), content (N, content) -> the next pose (N, pose), in
  /// (-1, 1) unless the LSTM is residual.
  /// - Parameters:
  ///   - pose: the current pose.
  ///   - content: the clip's content.
  ///   - state: from the step before.
  ///   - isObserved: whether attention keeps the time step in its memory. The first one must be.
  ///   - tape: runs the ops and records them for the backward pass.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func step(
    pose: Tensor, content: Tensor, state: inout State, isObserved: Bool, _ tape: Tape
  ) throws -> Tensor {
    let next: Tensor
    (next, state) = try predict(pose, content, from: state, observed: isObserved ? 1 : 0, tape)
    return next
  }

  /// The next poses of T time steps, and the states after each, (T N, H).
  private func predict(
    _ poses: Tensor, _ content: Tensor, from state: State, observed: Int, _ tape: Tape
  ) throws -> (next: Tensor, states: State) {
    var (x, states) = (try embed(try tape.concatenate(poses, content), tape), state)
    states.layers = try zip(layers, state.layers).map { layer, initial in
      let states = try layer(x, from: initial, tape)
      x = states.hidden
      return states
    }
    if hasAttention {
      let (batch, known) = (content.shape.batch, state.memory)
      let memory = try remember(x, rows: observed * batch, after: known, tape)
      let context = try tape.attention(
        queries: x, memory: memory, batch: batch, first: (known?.shape.batch ?? 0) / batch)
      x = try tape.concatenate(x, context)
      states.memory = memory
    }
    let result = try output(x, tape)
    let next = isResidual ? try tape.run(Add(), [poses, result])[0] : try tape.activation(.tanh, result)
    return (isNormalised ? try tape.unitLength(next) : next, states)
  }

  /// A memory and the first `rows` of hidden states (T N, H) after it.
  private func remember(_ hidden: Tensor, rows: Int, after memory: Tensor?, _ tape: Tape) throws -> Tensor {
    if let memory, rows == 0 { return memory }
    precondition(rows > 0 && rows <= hidden.shape.batch, "\(rows) observed rows of \(hidden.shape), and no memory")
    let observed =
      rows == hidden.shape.batch ? hidden : try tape.run(SliceRows(first: 0, count: rows), [hidden])[0]
    return try memory.map { try tape.run(StackRows(), [$0, observed])[0] } ?? observed
  }
}

/// Scaled dot-product attention (Luong et al. 2015, Vaswani et al. 2017) of S time steps over a memory of M time steps,
/// whose vectors are keys and values.
///
/// w[s,m] = softmax over m of q_s . k_m / sqrt(H);   context_s = sum over m of w[s,m] k_m.
///
/// Query s has seen the memory's time steps m <= s + first only; its other weights are 0. The N rows of a time step are
/// independent, and rows of all time steps are concatenated along the first axis. Inputs queries q (S N, H), memory k
/// (M N, H); outputs context (S N, H), and for the backward op weights w (S N, M). Only the context has a derivative.
public struct AttentionForward: DifferentiableOp {
  public static let name = OpName.attentionForward
  /// N, the rows of a time step.
  public var batch: Int
  /// The memory's time steps before that of the first query.
  public var first: Int

  public init(batch: Int, first: Int) {
    precondition(batch > 0 && first >= 0, "a batch of \(batch), with the first query at time step \(first)")
    self.batch = batch
    self.first = first
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2, "\(Self.name) takes queries and a memory")
    return [inputs[0], AttentionSize(inputs[0], inputs[1], batch: batch, first: first).weights]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = AttentionSize(inputs[0].shape, inputs[1].shape, batch: batch, first: first)
    let (memory, hidden) = (inputs[1].base, size.hidden)
    for row in 0..<size.rows {
      let query = inputs[0].base + row * hidden
      let (context, weights) = (outputs[0].base + row * hidden, outputs[1].base + row * size.steps)
      let keys = size.keys(of: row).map { memory + $0 * hidden }
      let logits = keys.map { key in
        sumInDouble(hidden) { Double(query[$0]) * Double(key[$0]) } / Double(hidden).squareRoot()
      }
      let largest = logits.max()!
      let total = logits.reduce(0) { $0 + Double.exp($1 - largest) }
      weights.update(repeating: 0, count: size.steps)
      for (m, logit) in logits.enumerated() { weights[m] = Scalar(Double.exp(logit - largest) / total) }
      for i in 0..<hidden {
        context[i] = Scalar(sumInDouble(keys.count) { Double(weights[$0]) * Double(keys[$0][i]) })
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let size = AttentionSize(inputs[0], inputs[1], batch: batch, first: first)
    return LaunchPlan([
      size.ofRows(
        "attention_weights", ["queries": .input(0), "memory": .input(1), "weights": .output(1)], on: device),
      size.sums(of: .output(1), memory: .input(1), into: .output(0), on: device),
    ])
  }

  /// The logits, and the sums of the memory's vectors.
  public func work(_ inputs: [TensorType]) -> Work {
    let size = AttentionSize(inputs[0], inputs[1], batch: batch, first: first)
    return Work(operations: 2 * size.products, bytes: movedBytes(inputs))
  }

  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradContext = outputGradients[0] else { return [nil, nil] }
    let gradients = try run(
      AttentionBackward(batch: batch, first: first), [outputs[1], inputs[0], inputs[1], gradContext])
    return zip(wanted, gradients).map { $0 ? $1 : nil }
  }

  public static var parityCases: [ParityCase] {
    AttentionCase.all.map {
      ParityCase(
        $0.name, AttentionForward(batch: $0.batch, first: $0.first), [$0.queries, $0.memory],
        // A logit is a sum of H products, divided by sqrt(H): as exact as one of them.
        tolerance: .sum(of: 1 + $0.steps))
    }
  }
}

/// The gradients of `AttentionForward`. With d[s,m] = gradContext_s . k_m and the logits' gradients
/// g[s,m] = w[s,m] (d[s,m] - sum over j of w[s,j] d[s,j]) / sqrt(H):
///
/// gradQ_s = sum over m of g[s,m] k_m;   gradK_m = sum over s of w[s,m] gradContext_s + g[s,m] q_s.
///
/// Inputs weights w (S N, M), queries q (S N, H), memory k (M N, H), gradContext (S N, H); outputs gradQ (S N, H),
/// gradK (M N, H), of which the latter is that of keys and values together.
public struct AttentionBackward: Op {
  public static let name = OpName.attentionBackward
  /// N, the rows of a time step.
  public var batch: Int
  /// The memory's time steps before that of the first query.
  public var first: Int

  public init(batch: Int, first: Int) {
    self.batch = batch
    self.first = first
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 4, "\(Self.name) takes weights, queries, a memory and gradContext")
    let size = AttentionSize(inputs[1], inputs[2], batch: batch, first: first)
    precondition(inputs[0] == size.weights && inputs[3] == inputs[1], "\(inputs) do not fit together")
    return [inputs[1], inputs[2]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = AttentionSize(inputs[1].shape, inputs[2].shape, batch: batch, first: first)
    let (memory, hidden) = (inputs[2].base, size.hidden)
    let scale = 1 / Double(hidden).squareRoot()
    var gradMemory = [Double](repeating: 0, count: outputs[1].count)
    for row in 0..<size.rows {
      let (weights, query) = (inputs[0].base + row * size.steps, inputs[1].base + row * hidden)
      let (gradContext, gradQuery) = (inputs[3].base + row * hidden, outputs[0].base + row * hidden)
      let keys = size.keys(of: row)
      let products = keys.map { key in
        sumInDouble(hidden) { Double(gradContext[$0]) * Double(memory[key * hidden + $0]) }
      }
      let mean = sumInDouble(keys.count) { Double(weights[$0]) * products[$0] }
      let gradLogits = products.enumerated().map { scale * Double(weights[$0]) * ($1 - mean) }
      for i in 0..<hidden {
        gradQuery[i] = Scalar(sumInDouble(keys.count) { gradLogits[$0] * Double(memory[keys[$0] * hidden + i]) })
        for (m, key) in keys.enumerated() {
          gradMemory[key * hidden + i] += Double(weights[m]) * Double(gradContext[i]) + gradLogits[m] * Double(query[i])
        }
      }
    }
    for i in gradMemory.indices { outputs[1][i] = Scalar(gradMemory[i]) }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let size = AttentionSize(inputs[1], inputs[2], batch: batch, first: first)
    let gradLogits = KernelArgument.workspace(0)
    return LaunchPlan(
      [
        size.ofRows(
          "attention_grad_logits",
          ["weights": .input(0), "memory": .input(2), "grad_context": .input(3), "grad_logits": gradLogits],
          on: device),
        size.sums(of: gradLogits, memory: .input(2), into: .output(0), on: device),
        size.ofElements(
          "attention_grad_memory",
          [
            "weights": .input(0), "grad_logits": gradLogits, "queries": .input(1), "grad_context": .input(3),
            "grad_memory": .output(1),
          ], over: inputs[2], vectors: 2 * size.rows / batch, on: device),
      ], workspaces: [size.weights.shape.count])
  }

  /// The products d, and the sums of gradQ and, twice, of gradK.
  public func work(_ inputs: [TensorType]) -> Work {
    let size = AttentionSize(inputs[1], inputs[2], batch: batch, first: first)
    return Work(operations: 4 * size.products, bytes: movedBytes(inputs))
  }

  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }

  public static var parityCases: [ParityCase] {
    AttentionCase.all.map {
      ParityCase(
        $0.name, AttentionBackward(batch: $0.batch, first: $0.first),
        [TensorType([$0.queries.shape.batch, $0.steps], .plain), $0.queries, $0.memory, $0.queries],
        draws: [0: .uniform(0...1)],
        // The weights do not add up to 1 here. So g is a sum of M H products, divided by sqrt(H): as exact as M of them.
        // The gradients are sums over M and S time steps.
        tolerance: .sum(of: $0.steps * ($0.steps + 2 * $0.queries.shape.batch / $0.batch)))
    }
  }
}

/// The sizes of an attention.
private struct AttentionSize {
  /// S N.
  let rows: Int
  /// M.
  let steps: Int
  let hidden, batch, first: Int

  init(_ queries: TensorType, _ memory: TensorType, batch: Int, first: Int) {
    precondition(queries.isVectors && memory.isVectors, "\(queries) and \(memory) are not vectors")
    self.init(queries.shape, memory.shape, batch: batch, first: first)
  }

  init(_ queries: Shape, _ memory: Shape, batch: Int, first: Int) {
    (rows, hidden) = (queries.batch, queries.channels)
    precondition(
      memory.channels == hidden && rows.isMultiple(of: batch) && memory.batch.isMultiple(of: batch),
      "queries \(queries) and memory \(memory) are not time steps of \(batch) vectors of one length")
    steps = memory.batch / batch
    (self.batch, self.first) = (batch, first)
  }

  /// (S N, M).
  var weights: TensorType { TensorType([rows, steps], .plain) }

  /// The rows of the memory that a query has seen, by time step.
  func keys(of row: Int) -> [Int] {
    (0..<min(row / batch + first + 1, steps)).map { $0 * batch + row % batch }
  }

  /// Multiplications and additions of the products of all queries with the vectors that they have seen.
  var products: Int {
    2 * batch * hidden * (0..<rows / batch).reduce(0) { $0 + min($1 + first + 1, steps) }
  }

  private var extents: KernelArguments {
    [
      "batch": .int(batch), "first_step": .int(first), "steps": .int(steps),
      "blocks": .int(BlockedLayout.blocks(hidden)),
    ]
  }

  /// A kernel of whole rows of queries.
  func ofRows(_ kernel: String, _ arguments: KernelArguments, on device: DeviceTraits) -> KernelLaunch {
    let scaled = arguments + ["scale": .float(1 / Float(hidden).squareRoot())]
    if device.sumsInGroups { return .grouped(kernel + "_grouped", scaled + extents, [rows]) }
    let run = device.run(of: rows, vectors: steps * BlockedLayout.blocks(hidden))
    return KernelLaunch(
      kernel, scaled + ["rows": .int(rows)] + extents + ["rows_per_item": .int(run)],
      over: [rows.dividedRoundingUp(by: run)], groups: device.groups())
  }

  /// A kernel of the elements of vectors, each a sum over as many others.
  func ofElements(
    _ kernel: String, _ arguments: KernelArguments, over vectors: TensorType, vectors terms: Int,
    on device: DeviceTraits
  ) -> KernelLaunch {
    let run = device.run(of: vectors.shape.batch, vectors: terms)
    return KernelLaunch(
      kernel, defines: device.sumsInGroups ? DeviceTraits.quadDefines : [:],
      arguments + ["rows": .int(rows)] + extents + ["rows_per_item": .int(run)],
      over: [device.channelGroups(of: vectors), vectors.shape.batch.dividedRoundingUp(by: run)],
      groups: device.groups(rank: 2))
  }

  /// sums_s = sum over m of factors[s,m] k_m.
  func sums(
    of factors: KernelArgument, memory: KernelArgument, into sums: KernelArgument, on device: DeviceTraits
  ) -> KernelLaunch {
    ofElements(
      "attention_sums", ["factors": factors, "memory": memory, "sums": sums], over: .features(rows, hidden),
      vectors: steps, on: device)
  }
}

/// Sizes for the tests.
private struct AttentionCase {
  var name: String
  /// S.
  var time: Int
  var batch: Int
  var hidden: Int
  /// M.
  var steps: Int
  var first = 0

  var queries: TensorType { .features(time * batch, hidden) }
  var memory: TensorType { .features(steps * batch, hidden) }

  static let all = [
    AttentionCase(name: "one element", time: 1, batch: 1, hidden: 1, steps: 1),
    AttentionCase(name: "odd", time: 3, batch: 3, hidden: 5, steps: 2),
    AttentionCase(name: "own time steps", time: 5, batch: 2, hidden: 19, steps: 5),
    AttentionCase(name: "after the memory", time: 1, batch: 7, hidden: 17, steps: 3, first: 3),
    AttentionCase(name: "from within the memory", time: 4, batch: 5, hidden: 33, steps: 5, first: 2),
    AttentionCase(name: "memory past a group", time: 2, batch: 1, hidden: 7, steps: 131, first: 129),
    AttentionCase(name: "vectors past a group", time: 2, batch: 3, hidden: 601, steps: 2),
    AttentionCase(name: "released size", time: 19, batch: 32, hidden: 256, steps: 10),
  ]
}

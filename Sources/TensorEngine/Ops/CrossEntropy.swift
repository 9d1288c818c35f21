/// loss = mean over the rows of -sum over k of t[k] log p[k], with p = softmax of a row's logits: the cross-entropy of p
/// against targets t, without overflow.
///
/// logits x, targets t, probabilities p: (N, K); loss: (1). A class is a row of t with 1 at its place and 0 elsewhere. The
/// targets are constants: they have no gradient. Only the loss has a derivative.
public struct CrossEntropyForward: DifferentiableOp {
  public static let name = OpName.crossEntropyForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 2 && inputs[0] == inputs[1] && inputs[0].isVectors,
      "\(Self.name) takes logits and targets (N, K): \(inputs)")
    return [.scalar, inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, count) = (inputs[0].shape.batch, inputs[0].shape.channels)
    let loss = sumInDouble(batch) { row in
      let first = row * count
      let logits = (0..<count).map { Double(inputs[0][first + $0]) }
      let largest = logits.max()!
      let total = logits.reduce(0) { $0 + Double.exp($1 - largest) }
      for k in 0..<count { outputs[1][first + k] = Scalar(Double.exp(logits[k] - largest) / total) }
      let normaliser = largest + Double.log1p(total - 1)
      return sumInDouble(count) { Double(inputs[1][first + $0]) * (normaliser - logits[$0]) }
    }
    outputs[0][0] = Scalar(loss / Double(batch))
  }

  /// A work-item has whole rows on every device: classes are few.
  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let batch = inputs[0].shape.batch
    let rows = CrossEntropyRows(inputs[0], on: device)
    let losses = rows.launch(
      "cross_entropy_forward",
      ["logits": .input(0), "targets": .input(1), "probabilities": .output(1), "row_losses": .workspace(0)])
    let total: KernelArguments = ["sums": .workspace(0), "loss": .output(0), "count": .int(batch)]
    return LaunchPlan(
      [
        losses,
        device.sumsInGroups
          ? .grouped("loss_from_groups", total, [1])
          : KernelLaunch("loss_from_sums", total, over: [1], groups: device.groups()),
      ], workspaces: [batch])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradLoss = outputGradients[0] else { return [nil, nil] }
    return [try run(CrossEntropyBackward(), [outputs[1], inputs[1], gradLoss])[0], nil]
  }

  public static var parityCases: [ParityCase] {
    crossEntropyCases.map { name, logits, range in
      ParityCase(
        name, CrossEntropyForward(), [logits, logits], draws: [0: .uniform(range), 1: .uniform(0...1)],
        tolerance: .sum(of: logits.shape.channels, magnitude: max(1, range.upperBound)))
    }
  }
}

/// gradLogits = gradLoss / N * (p * sum over k of t[k] - t), the gradient of `CrossEntropyForward`.
///
/// probabilities p, targets t, gradLogits: (N, K); gradLoss: (1).
public struct CrossEntropyBackward: Op {
  public static let name = OpName.crossEntropyBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[0] == inputs[1] && inputs[0].isVectors && inputs[2] == .scalar,
      "\(Self.name) takes probabilities and targets (N, K), and gradLoss: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, count) = (inputs[0].shape.batch, inputs[0].shape.channels)
    let factor = Double(inputs[2][0]) / Double(batch)
    for row in 0..<batch {
      let first = row * count
      let sum = sumInDouble(count) { Double(inputs[1][first + $0]) }
      for k in first..<first + count {
        outputs[0][k] = Scalar(factor * (sum * Double(inputs[0][k]) - Double(inputs[1][k])))
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      CrossEntropyRows(inputs[0], on: device).launch(
        "cross_entropy_backward",
        ["probabilities": .input(0), "targets": .input(1), "grad_loss": .input(2), "grad_logits": .output(0)])
    ])
  }

  public static var parityCases: [ParityCase] {
    crossEntropyCases.map { name, logits, _ in
      ParityCase(
        name, CrossEntropyBackward(), [logits, logits, .scalar], draws: [0: .uniform(0...1), 1: .uniform(0...1)],
        tolerance: .sum(of: logits.shape.channels))
    }
  }
}

/// The split of the rows among work-items.
private struct CrossEntropyRows {
  private let batch, count, run: Int
  private let device: DeviceTraits

  init(_ logits: TensorType, on device: DeviceTraits) {
    (batch, count) = (logits.shape.batch, logits.shape.channels)
    run = device.run(of: batch, vectors: BlockedLayout.blocks(count))
    self.device = device
  }

  func launch(_ kernel: String, _ tensors: KernelArguments) -> KernelLaunch {
    KernelLaunch(
      kernel, tensors + ["batch": .int(batch), "count": .int(count), "rows_per_item": .int(run)],
      over: [batch.dividedRoundingUp(by: run)], groups: device.groups())
  }
}

/// Types of the logits, and their range, for the tests.
private let crossEntropyCases: [(name: String, logits: TensorType, range: ClosedRange<Float>)] = [
  ("one element", .features(1, 1), -1...1), ("odd", .features(7, 5), -3...3),
  ("past a block", .features(3, 19), -1...1),
  ("actions of a batch", .features(32, 9), -5...5), ("sure of itself", .features(100, 6), -90...90),
  ("more rows than work-items", .features(1031, 3), -1...1), ("objects", .features(64, 200), -2...2),
]

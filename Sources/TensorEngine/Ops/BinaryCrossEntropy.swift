/// loss = mean over N of max(x, 0) - x t + log(1 + exp(-|x|)), the cross-entropy of sigmoid(x) against t without
/// overflow; accuracy = fraction of rows with (x > 0) == (t > 0.5).
///
/// logits x, targets t: (N, 1); loss, accuracy: (1). Targets and accuracy carry no gradient.
public struct BinaryCrossEntropyForward: DifferentiableOp {
  public static let name = OpName.binaryCrossEntropyForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 2 && inputs[0] == inputs[1] && inputs[0].isVectors && inputs[0].shape.channels == 1,
      "\(Self.name) takes logits (N, 1) and targets (N, 1): \(inputs)")
    return [.scalar, .scalar]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (logits, targets, batch) = (inputs[0].base, inputs[1].base, inputs[0].count)
    let sum = sumInDouble(batch) {
      let x = logits[$0]
      return Double(max(x, 0) - x * targets[$0] + Scalar.log1p(Scalar.exp(-abs(x))))
    }
    let right = (0..<batch).count { (logits[$0] > 0) == (targets[$0] > 0.5) }
    outputs[0][0] = Scalar(sum / Double(batch))
    outputs[1][0] = Scalar(right) / Scalar(batch)
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(batch: inputs[0].shape.batch) }
    return LaunchPlan([
      KernelLaunch(
        "binary_cross_entropy_forward",
        arguments(batch: inputs[0].shape.batch), over: [1], groups: device.groups())
    ])
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(batch: Int) -> LaunchPlan {
    LaunchPlan([
      .grouped("binary_cross_entropy_grouped", arguments(batch: batch), [1])
    ])
  }

  private func arguments(batch: Int) -> KernelArguments {
    [
      "logits": .input(0), "targets": .input(1), "loss": .output(0), "accuracy": .output(1), "batch": .int(batch),
    ]
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradLoss = outputGradients[0] else { return [nil, nil] }
    return [try run(BinaryCrossEntropyBackward(), [inputs[0], inputs[1], gradLoss])[0], nil]
  }

  public static var parityCases: [ParityCase] {
    entropyCases.map { name, batch, range in
      ParityCase(
        name, BinaryCrossEntropyForward(), [.features(batch, 1), .features(batch, 1)],
        draws: [0: .uniform(range), 1: .bits])
    } + [
      ParityCase("maximum entropy", BinaryCrossEntropyForward(), [.features(32, 1), .features(32, 1)])
    ]
  }
}

/// gradLogits = gradLoss * (sigmoid(x) - t) / N.   logits x, targets t, gradLogits: (N, 1); gradLoss: (1).
public struct BinaryCrossEntropyBackward: Op {
  public static let name = OpName.binaryCrossEntropyBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[0] == inputs[1] && inputs[0].isVectors && inputs[0].shape.channels == 1
        && inputs[2] == .scalar, "\(Self.name) takes logits (N, 1), targets (N, 1) and gradLoss: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let factor = inputs[2][0] / Scalar(inputs[0].count)
    for n in 0..<inputs[0].count { outputs[0][n] = factor * (Scalar.logistic(inputs[0][n]) - inputs[1][n]) }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(batch: inputs[0].shape.batch) }
    return LaunchPlan([
      KernelLaunch(
        "binary_cross_entropy_backward",
        arguments(batch: inputs[0].shape.batch), over: [1], groups: device.groups())
    ])
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(batch: Int) -> LaunchPlan {
    LaunchPlan([
      KernelLaunch(
        "binary_cross_entropy_backward_rows", defines: DeviceTraits.quadDefines,
        arguments(batch: batch), over: [batch])
    ])
  }

  private func arguments(batch: Int) -> KernelArguments {
    [
      "logits": .input(0), "targets": .input(1), "grad_loss": .input(2), "grad_logits": .output(0),
      "batch": .int(batch),
    ]
  }

  public static var parityCases: [ParityCase] {
    entropyCases.map { name, batch, range in
      ParityCase(
        name, BinaryCrossEntropyBackward(), [.features(batch, 1), .features(batch, 1), .scalar],
        draws: [0: .uniform(range), 1: .bits])
    }
  }
}

/// N and the range of the logits for the tests.
private let entropyCases: [(name: String, batch: Int, range: ClosedRange<Float>)] = [
  ("one row", 1, -1...1), ("odd", 7, -3...3), ("batch of 32", 32, -5...5), ("sure of itself", 100, -90...90),
]

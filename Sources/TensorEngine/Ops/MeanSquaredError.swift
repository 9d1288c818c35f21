/// loss = mean of (x - target)^2 over all elements.   x, target: any one type; loss: (1).
///
/// The target is a constant: it has no gradient.
public struct MeanSquaredErrorForward: DifferentiableOp {
  public static let name = OpName.meanSquaredErrorForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes x and target of one type: \(inputs)")
    return [.scalar]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, target) = (inputs[0].base, inputs[1].base)
    let sum = sumInDouble(inputs[0].count) {
      let d = Double(x[$0]) - Double(target[$0])
      return d * d
    }
    outputs[0][0] = Scalar(sum / Double(inputs[0].count))
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(inputs[0], on: device) }
    let count = BlockedLayout(inputs[0]).count
    let vectors = count.dividedRoundingUp(by: BlockedLayout.block)
    let run = device.chunk(of: vectors, vectors: 2)
    let items = vectors.dividedRoundingUp(by: run)
    let sums = items == 1 ? KernelArgument.output(0) : .workspace(0)
    let scale = KernelArgument.float(1 / Float(inputs[0].shape.count))
    let squaredErrors = KernelLaunch(
      "squared_error_sums",
      [
        "x": .input(0), "target": .input(1), "sums": sums, "scale": scale, "count": .int(count), "run": .int(run),
      ], over: [items], groups: device.groups())
    if items == 1 { return LaunchPlan([squaredErrors]) }
    let total = KernelLaunch(
      "loss_from_sums", ["sums": sums, "loss": .output(0), "count": .int(items)], over: [1], groups: device.groups())
    return LaunchPlan([squaredErrors, total], workspaces: [items])
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let count = BlockedLayout(x).count
    let groups = device.groups(sharing: count.dividedRoundingUp(by: 4))
    let sums: KernelArgument = groups == 1 ? .output(0) : .workspace(0)
    let squaredErrors = KernelLaunch.grouped(
      "squared_error_grouped", defines: device.laneDefines(for: x),
      [
        "x": .input(0), "target": .input(1), "sums": sums, "scale": .float(1 / Float(x.shape.count)),
        "count": .int(count),
      ], [groups])
    if groups == 1 { return LaunchPlan([squaredErrors]) }
    let total = KernelLaunch.grouped(
      "loss_from_groups", ["sums": sums, "loss": .output(0), "count": .int(groups)], [1])
    return LaunchPlan([squaredErrors, total], workspaces: [groups])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradLoss = outputGradients[0] else { return [nil, nil] }
    return [try run(MeanSquaredErrorBackward(), [inputs[0], inputs[1], gradLoss])[0], nil]
  }

  public static var parityCases: [ParityCase] {
    // The relative error of sums of positive terms does not grow with their length: sums of sums keep it under 1e-6.
    errorCases.map { name, x in
      ParityCase(
        name, MeanSquaredErrorForward(), [x, x], tolerance: ParityCase.Tolerance(absolute: 1e-9, relative: 1e-6))
    }
  }
}

/// gradX = gradLoss * 2 (x - target) / count.   x, target, gradX: any one type; gradLoss: (1).
public struct MeanSquaredErrorBackward: Op {
  public static let name = OpName.meanSquaredErrorBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[0] == inputs[1] && inputs[2] == .scalar,
      "\(Self.name) takes x and target of one type, and gradLoss: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, target, gradX) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let factor = inputs[2][0] * 2 / Scalar(inputs[0].count)
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { gradX[i] = factor * (x[i] - target[i]) }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let scale = KernelArgument.float(2 / Float(inputs[0].shape.count))
    return LaunchPlan([
      .flat(
        "mean_squared_error_backward",
        ["x": .input(0), "target": .input(1), "grad_loss": .input(2), "grad_x": .output(0), "scale": scale],
        over: inputs[0], on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    errorCases.map { name, x in ParityCase(name, MeanSquaredErrorBackward(), [x, x, .scalar]) }
  }
}

/// Types of x for the tests.
private let errorCases: [(name: String, x: TensorType)] = [
  ("one element", .features(1, 1)), ("odd", .features(3, 5, 7, 11)), ("grey", .features(3, 1, 9, 5)),
  ("pose of 5", .features(7, 5)), ("content of 128", .features(32, 128)), ("frames", .features(32, 3, 64, 64)),
  ("grey frames", .features(32, 1, 64, 64)), ("loose numbers", TensorType(Shape(19), .plain)),
]

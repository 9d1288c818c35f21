/// y = x / max(|x|, epsilon) for each row.   x, y: (N, D).
public struct UnitLengthForward: DifferentiableOp {
  public static let name = OpName.unitLengthForward
  public var epsilon: Float

  public init(epsilon: Float = 1e-12) { self.epsilon = epsilon }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].isVectors, "\(Self.name) takes vectors (N, D), not \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = inputs[0].shape.channels
    for n in 0..<inputs[0].shape.batch {
      let (x, y) = (inputs[0].base + n * size, outputs[0].base + n * size)
      let length = sumInDouble(size) { Double(x[$0]) * Double(x[$0]) }.squareRoot()
      let divisor = Scalar(max(length, Double(epsilon)))
      for i in 0..<size { y[i] = x[i] / divisor }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .overRows(
        "unit_length_forward", ["x": .input(0), "y": .output(0), "epsilon": .float(epsilon)], of: inputs[0].shape,
        on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return try run(UnitLengthBackward(epsilon: epsilon), [inputs[0], gradY])
  }

  public static var parityCases: [ParityCase] {
    unitLengthCases.map { name, x in
      ParityCase(
        name, UnitLengthForward(), [x], draws: [0: .awayFromZero], tolerance: .sum(of: x.shape.channels))
    }
  }
}

/// gradX = (gradY - y (y . gradY)) / |x| with y = x / |x|; if |x| < epsilon, gradY / epsilon.   All: (N, D).
public struct UnitLengthBackward: Op {
  public static let name = OpName.unitLengthBackward
  public var epsilon: Float

  public init(epsilon: Float = 1e-12) { self.epsilon = epsilon }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0].isVectors, "\(Self.name) takes vectors (N, D), not \(inputs)")
    precondition(inputs[0] == inputs[1], "gradY is \(inputs[1]), x is \(inputs[0])")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = inputs[0].shape.channels
    for n in 0..<inputs[0].shape.batch {
      let (x, gradY, gradX) = (inputs[0].base + n * size, inputs[1].base + n * size, outputs[0].base + n * size)
      let squaredLength = sumInDouble(size) { Double(x[$0]) * Double(x[$0]) }
      let length = squaredLength.squareRoot()
      let product = sumInDouble(size) { Double(x[$0]) * Double(gradY[$0]) }
      let along = Scalar(length < Double(epsilon) ? 0 : product / squaredLength)
      let divisor = Scalar(max(length, Double(epsilon)))
      for i in 0..<size { gradX[i] = (gradY[i] - x[i] * along) / divisor }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .overRows(
        "unit_length_backward",
        ["x": .input(0), "grad_y": .input(1), "grad_x": .output(0), "epsilon": .float(epsilon)], of: inputs[0].shape,
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    unitLengthCases.map { name, x in
      ParityCase(
        name, UnitLengthBackward(), [x, x], draws: [0: .awayFromZero],
        // A vector of one element may be as short as 0.05, by which the error is divided.
        tolerance: .sum(of: x.shape.channels, magnitude: x.shape.channels == 1 ? 20 : 2))
    }
  }
}

/// Types of x for the tests.
private let unitLengthCases: [(name: String, x: TensorType)] = [
  ("one element", .features(1, 1)), ("pose of 5", .features(7, 5)), ("pose of 10", .features(32, 10)),
  ("vector of 64", .features(32, 64)), ("vector of 69", .features(9, 69)), ("vector of 256", .features(100, 256)),
]

extension TensorType {
  /// Whether this is features of one pixel.
  var isVectors: Bool { role == .features && shape.height * shape.width == 1 }
}

extension KernelLaunch {
  /// A kernel over the rows of vectors (N, D). Appends N, the blocks of D, and the rows per item.
  fileprivate static func overRows(
    _ kernel: String, _ arguments: KernelArguments, of shape: Shape, on device: DeviceTraits
  ) -> KernelLaunch {
    let blocks = BlockedLayout.blocks(shape.channels)
    let run = device.run(of: shape.batch, vectors: blocks)
    return KernelLaunch(
      kernel, arguments + ["batch": .int(shape.batch), "blocks": .int(blocks), "rows_per_item": .int(run)],
      over: [shape.batch.dividedRoundingUp(by: run)], groups: device.groups())
  }
}

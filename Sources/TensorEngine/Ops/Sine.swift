/// y = sin(x), element by element.   x, y: any one type.
public struct SineForward: DifferentiableOp {
  public static let name = OpName.sineForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1, "\(Self.name) takes x")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, y) = (inputs[0].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { y[i] = Scalar.sin(x[i]) }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([.flat("sine_forward", ["x": .input(0), "y": .output(0)], over: inputs[0], on: device)])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return try run(SineBackward(), [inputs[0], gradY])
  }

  public static var parityCases: [ParityCase] {
    // Beyond a period: OpenCL's sin is good to 4 units in the last place of a result of up to 1.
    sineCases.map { name, type in ParityCase(name, SineForward(), [type], draws: [0: .uniform(-12...12)]) }
  }
}

/// gradX = gradY cos(x).   x, gradY, gradX: any one type.
public struct SineBackward: Op {
  public static let name = OpName.sineBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes x and gradY of one type: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, gradY, gradX) = (inputs[0].base, inputs[1].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { gradX[i] = gradY[i] * Scalar.cos(x[i]) }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .flat(
        "sine_backward", ["x": .input(0), "grad_y": .input(1), "grad_x": .output(0)], over: inputs[0], on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    sineCases.map { name, type in ParityCase(name, SineBackward(), [type, type], draws: [0: .uniform(-12...12)]) }
  }
}

private let sineCases: [(name: String, type: TensorType)] = [
  ("one element", .features(1, 1)), ("odd maps", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 5, 6)),
  ("vectors", .features(32, 69)), ("places and channels", .features(32, 128, 8, 8)),
]

/// y = a b, element by element.   a, b, y: any one type.
public struct Multiply: DifferentiableOp {
  public static let name = OpName.multiply
  public static let inPlace = [0: 0]

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes a and b of one type: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (a, b, y) = (inputs[0].base, inputs[1].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { y[i] = a[i] * b[i] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .flat("multiply", ["a": .input(0), "b": .input(1), "y": .output(0)], over: inputs[0], on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradY = outputGradients[0] else { return [nil, nil] }
    return [
      wanted[0] ? try run(Multiply(), [gradY, inputs[1]])[0] : nil,
      wanted[1] ? try run(Multiply(), [gradY, inputs[0]])[0] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    elementwiseCases.map { name, type in ParityCase(name, Multiply(), [type, type]) }
  }
}

private let elementwiseCases: [(name: String, type: TensorType)] = [
  ("one number", .scalar), ("odd maps", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 5, 6)),
  ("vectors", .features(32, 69)), ("places and channels", .features(32, 128, 8, 8)),
]

/// y = a + b.   a, b, y: any one type. y may share memory with a.
public struct Add: DifferentiableOp {
  public static let name = OpName.add

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
      for i in range { y[i] = a[i] + b[i] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([.flat("add", [.input(0), .input(1), .output(0)], over: inputs[0], on: device)])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    [wanted[0] ? outputGradients[0] : nil, wanted[1] ? outputGradients[0] : nil]
  }

  public static var parityCases: [ParityCase] {
    [
      ("one number", .scalar), ("odd maps", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 5, 6)),
      ("vectors", .features(32, 69)), ("filter", .filter(5, 3, 4, 4)), ("channels", .channels(37)),
      ("level", .features(32, 64, 16, 16)),
    ].map { (name: String, type: TensorType) in ParityCase(name, Add(), [type, type]) }
  }
}

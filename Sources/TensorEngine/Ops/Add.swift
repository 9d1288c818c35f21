/// y = f(a + b).   a, b, y: any one type; a role other than features only if f(0) = 0.
public struct Add: DifferentiableOp {
  public static let name = OpName.add
  public static let inPlace = [0: 0]
  public var activation: Activation

  public init(activation: Activation = .identity) {
    precondition(activation != .sigmoid, "sigmoid(0) is not 0, as padding must be")
    self.activation = activation
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes a and b of one type: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (a, b, y) = (inputs[0].base, inputs[1].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      let (a, b) = (a + range.lowerBound, b + range.lowerBound)
      activation.apply(range.count, into: y + range.lowerBound) { a[$0] + b[$0] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .flat(
        "add", ["a": .input(0), "b": .input(1), "y": .output(0)] + activation.kernelArguments, over: inputs[0],
        on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0] || wanted[1], let gradY = outputGradients[0] else { return [nil, nil] }
    let gradient =
      activation == .identity ? gradY : try run(ActivationBackward(activation: activation), [outputs[0], gradY])[0]
    return [wanted[0] ? gradient : nil, wanted[1] ? gradient : nil]
  }

  public static var parityCases: [ParityCase] {
    [
      ("one number", .scalar), ("odd maps", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 5, 6)),
      ("vectors", .features(32, 69)), ("filter", .filter(5, 3, 4, 4)), ("channels", .channels(37)),
      ("level", .features(32, 64, 16, 16)),
    ].map { (name: String, type: TensorType) in ParityCase(name, Add(), [type, type]) }
      + [("odd residuals", .features(3, 5, 7, 11)), ("residuals", .features(4, 64, 9, 9))].map {
        (name: String, type: TensorType) in ParityCase(name, Add(activation: .relu), [type, type])
      }
  }
}

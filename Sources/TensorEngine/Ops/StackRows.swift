/// y = the inputs, concatenated along the batch.   Inputs: k of (N, D); y: (k N, D).
///
/// It is used for the poses of frozen encoders, and carries no gradient.
public struct StackRows: Op {
  public static let name = OpName.stackRows

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.first?.isVectors == true && inputs.allSatisfy { $0 == inputs[0] },
      "\(Self.name) takes vectors of one type, not \(inputs)")
    return [.features(inputs.count * inputs[0].shape.batch, inputs[0].shape.channels)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    for (index, x) in inputs.enumerated() { (outputs[0].base + index * x.count).update(from: x.base, count: x.count) }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let count = BlockedLayout(inputs[0]).count
    return LaunchPlan(
      inputs.indices.map { index in
        .flat(
          "stack_rows", ["x": .input(index), "y": .output(0), "first": .int(index * count)], over: inputs[0],
          on: device)
      })
  }

  public static var parityCases: [ParityCase] {
    [
      ("one element", 1, .features(1, 1)), ("pairs", 2, .features(1, 17)), ("odd", 3, .features(3, 5)),
      ("poses", 19, .features(32, 10)), ("long vectors", 5, .features(7, 256)),
    ].map { (name: String, count: Int, type: TensorType) in
      ParityCase(
        name, StackRows(), [TensorType](repeating: type, count: count),
        tolerance: ParityCase.Tolerance(absolute: 0, relative: 0))
    }
  }
}

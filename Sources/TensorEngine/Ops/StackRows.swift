/// y = the inputs, concatenated along the batch.   Inputs: k of (N_i, D); y: (sum of N_i, D).
public struct StackRows: DifferentiableOp {
  public static let name = OpName.stackRows

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.first?.isVectors == true
        && inputs.allSatisfy { $0.isVectors && $0.shape.channels == inputs[0].shape.channels },
      "\(Self.name) takes vectors of one length, not \(inputs)")
    return [.features(inputs.reduce(0) { $0 + $1.shape.batch }, inputs[0].shape.channels)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    var y = outputs[0].base
    for x in inputs {
      y.update(from: x.base, count: x.count)
      y += x.count
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    var first = 0
    return LaunchPlan(
      inputs.enumerated().map { index, x in
        defer { first += BlockedLayout(x).count }
        return .flat(
          "stack_rows", ["x": .input(index), "y": .output(0), "first": .int(first)], over: x, on: device)
      })
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradY = outputGradients[0] else { return inputs.map { _ in nil } }
    var first = 0
    return try inputs.enumerated().map { index, x in
      let count = type(x).shape.batch
      defer { first += count }
      return wanted[index] ? try run(SliceRows(first: first, count: count), [gradY])[0] : nil
    }
  }

  public static var parityCases: [ParityCase] {
    let alike: [(name: String, inputs: [TensorType])] = [
      ("one element", 1, .features(1, 1)), ("pairs", 2, .features(1, 17)), ("odd", 3, .features(3, 5)),
      ("poses", 19, .features(32, 10)), ("long vectors", 5, .features(7, 256)),
    ].map { (name: String, count: Int, type: TensorType) in (name, [TensorType](repeating: type, count: count)) }
    let unlike: [(name: String, inputs: [TensorType])] = [
      ("of several heights", [.features(3, 5), .features(1, 5), .features(7, 5)]),
      ("a sequence and steps", [.features(288, 5), .features(32, 5), .features(32, 5)]),
    ]
    return (alike + unlike).map {
      ParityCase($0.name, StackRows(), $0.inputs, tolerance: ParityCase.Tolerance(absolute: 0, relative: 0))
    }
  }
}

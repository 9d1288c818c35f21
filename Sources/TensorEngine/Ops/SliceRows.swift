/// y = `count` rows of x from row `first` on.   x: (N, D); y: (count, D).
public struct SliceRows: DifferentiableOp {
  public static let name = OpName.sliceRows
  public var first: Int
  public var count: Int

  public init(first: Int, count: Int) {
    self.first = first
    self.count = count
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 1 && inputs[0].isVectors && first >= 0 && count > 0 && first + count <= inputs[0].shape.batch,
      "\(Self.name) takes rows \(first)..<\(first + count) of vectors: \(inputs)")
    return [.features(count, inputs[0].shape.channels)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    outputs[0].base.update(from: inputs[0].base + first * inputs[0].shape.channels, count: outputs[0].count)
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0]
    let row = BlockedLayout(y).count / count
    return LaunchPlan([
      .flat("slice_rows", ["x": .input(0), "y": .output(0), "first": .int(first * row)], over: y, on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return [try run(PadRows(first: first, rows: type(inputs[0]).shape.batch), [gradY])[0]]
  }

  public static var parityCases: [ParityCase] {
    rowCases.map {
      ParityCase(
        $0.name, SliceRows(first: $0.first, count: $0.count), [.features($0.rows, $0.length)],
        tolerance: ParityCase.Tolerance(absolute: 0, relative: 0))
    }
  }
}

/// y = x from row `first` on, and rows of zeros before and after it.   x: (N, D); y: (rows, D).
///
/// It is the gradient of `SliceRows`.
public struct PadRows: Op {
  public static let name = OpName.padRows
  public var first: Int
  public var rows: Int

  public init(first: Int, rows: Int) {
    self.first = first
    self.rows = rows
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 1 && inputs[0].isVectors && first >= 0 && first + inputs[0].shape.batch <= rows,
      "\(Self.name) puts vectors at row \(first) of \(rows): \(inputs)")
    return [.features(rows, inputs[0].shape.channels)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let y = outputs[0].base
    y.update(repeating: 0, count: outputs[0].count)
    (y + first * inputs[0].shape.channels).update(from: inputs[0].base, count: inputs[0].count)
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let given = BlockedLayout(inputs[0]).count
    return LaunchPlan([
      .flat(
        "pad_rows",
        [
          "x": .input(0), "y": .output(0), "first": .int(given / inputs[0].shape.batch * first), "given": .int(given),
        ], over: outputTypes(inputs)[0], on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    rowCases.map {
      ParityCase(
        $0.name, PadRows(first: $0.first, rows: $0.rows), [.features($0.count, $0.length)],
        tolerance: ParityCase.Tolerance(absolute: 0, relative: 0))
    }
  }
}

/// `count` rows from `first` on of (rows, length), for the tests.
private let rowCases: [(name: String, rows: Int, length: Int, first: Int, count: Int)] = [
  ("one element", 1, 1, 0, 1), ("first row", 3, 5, 0, 1), ("middle", 7, 17, 2, 3), ("last rows", 9, 33, 5, 4),
  ("a step's poses", 288, 5, 256, 32), ("a step's states", 288, 256, 256, 32), ("all", 13, 19, 0, 13),
]

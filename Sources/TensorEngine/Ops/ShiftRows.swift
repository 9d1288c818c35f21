/// y[n] = x[n] in the first half of the batch, n < N / 2 rounded down, and x[(n + 1) mod N] in the second, so that a
/// row of the second half is paired with one of another clip.   x, y: (N, ...).
///
/// It is used for poses that are constants in the training of the scene discriminator, and carries no gradient.
public struct ShiftRows: Op {
  public static let name = OpName.shiftRows

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features, not \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let batch = inputs[0].shape.batch
    let row = inputs[0].count / batch
    for n in 0..<batch {
      let from = n < batch / 2 ? n : (n + 1) % batch
      (outputs[0].base + n * row).update(from: inputs[0].base + from * row, count: row)
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let batch = inputs[0].shape.batch
    let count = BlockedLayout(inputs[0], device.precision).floats
    let row = count / batch
    let units = row % BlockedLayout.block == 0 ? count / BlockedLayout.block : count
    let run = device.run(of: units)
    return LaunchPlan([
      KernelLaunch(
        "shift_rows",
        ["x": .input(0), "y": .output(0), "batch": .int(batch), "row": .int(row), "run": .int(run)],
        over: [units.dividedRoundingUp(by: run)], groups: device.groups())
    ])
  }

  public static var parityCases: [ParityCase] {
    [
      ("one element", .features(1, 1)), ("pair", .features(2, 5)), ("odd", .features(3, 5, 7, 11)),
      ("poses", .features(32, 10)), ("vector of 69", .features(9, 69)), ("colour", .features(4, 3, 5, 7)),
      ("level", .features(32, 64, 8, 8)),
    ].map { (name: String, type: TensorType) in
      ParityCase(name, ShiftRows(), [type], tolerance: ParityCase.Tolerance(absolute: 0, relative: 0))
    }
  }
}

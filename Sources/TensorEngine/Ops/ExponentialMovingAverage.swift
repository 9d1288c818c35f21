/// average' = keep * average + add * value, with keep = decay and add = 1 - decay of this step.
///
/// Inputs average and value of one type, and weights (2) plain: decay, 1 - decay. They are in memory, so that the decay
/// can change from step to step. Both are given, since 1 - decay in single precision loses digits if decay is close to 1.
public struct ExponentialMovingAverage: Op {
  public static let name = OpName.exponentialMovingAverage
  public static let inPlace = [0: 0]

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[0] == inputs[1], "\(Self.name) takes average, value and weights: \(inputs)")
    precondition(inputs[2] == TensorType(Shape(2), .plain), "the weights are \(inputs[2]), not two numbers")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (average, value, newAverage) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let (keep, add) = (inputs[2][0], inputs[2][1])
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { newAverage[i] = keep * average[i] + add * value[i] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    return LaunchPlan([
      .flat(
        "exponential_moving_average",
        ["average": .input(0), "value": .input(1), "weights": .input(2), "new_average": .output(0)], over: inputs[0],
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    [
      ("one number", .channels(1)), ("odd filter", .filter(5, 3, 7, 11)), ("batch norm", .channels(69)),
      ("level", .filter(128, 64, 4, 4)),
    ].map { (name: String, type: TensorType) in
      ParityCase(
        name, ExponentialMovingAverage(), [type, type, TensorType(Shape(2), .plain)], draws: [2: .uniform(0...1)])
    }
  }
}

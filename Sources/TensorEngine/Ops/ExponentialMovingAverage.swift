/// average' = decay * average + (1 - decay) * value.   All have the same type.
public struct ExponentialMovingAverage: Op {
  public static let name = OpName.exponentialMovingAverage
  public static let inPlace = [0: 0]
  // Double, since 1 - decay in single precision loses digits if decay is close to 1.
  public var decay: Double

  public init(decay: Double) { self.decay = decay }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes average and value: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (average, value, newAverage) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let (keep, add) = (Scalar(decay), Scalar(1 - decay))
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range { newAverage[i] = keep * average[i] + add * value[i] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    return LaunchPlan([
      .flat(
        "exponential_moving_average",
        [
          "average": .input(0), "value": .input(1), "new_average": .output(0), "decay": .float(Float(decay)),
          "one_minus_decay": .float(Float(1 - decay)),
        ], over: inputs[0], on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    [
      ("one number", .channels(1)), ("odd filter", .filter(5, 3, 7, 11)), ("batch norm", .channels(69)),
      ("level", .filter(128, 64, 4, 4)),
    ].map { (name: String, type: TensorType) in
      ParityCase(name, ExponentialMovingAverage(decay: 0.995), [type, type])
    }
  }
}

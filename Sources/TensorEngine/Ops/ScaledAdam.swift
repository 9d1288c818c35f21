/// One step of Adam for gradients of a scaled loss: `Adam` with g / scale.
/// Nothing changes if a gradient of the step is not finite.
///
/// Inputs w, g, m, v of one type, schedule (2) as for `Adam`, and the state of the loss scale. Outputs w', m', v'.
public struct ScaledAdam: Op {
  public static let name = OpName.scaledAdam
  public static let inPlace = [0: 0, 1: 2, 2: 3]
  public var adam: Adam

  public init(_ adam: Adam) { self.adam = adam }

  // Shows the attributes of Adam, not an attribute named adam.
  public init(from decoder: any Decoder) throws { adam = try Adam(from: decoder) }
  public func encode(to encoder: any Encoder) throws { try adam.encode(to: encoder) }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.last == .lossScaleState, "\(Self.name) takes w, g, m, v, schedule and state: \(inputs)")
    return adam.outputTypes(inputs.dropLast())
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    if inputs[5][2] > 0.5 {
      for (output, input) in zip(outputs, [inputs[0], inputs[2], inputs[3]]) where output.base != input.base {
        output.base.update(from: input.base, count: input.count)
      }
      return
    }
    adam.reference(inputs, unscale: 1 / inputs[5][0], into: outputs)
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let buffers: KernelArguments = [
      "w": .input(0), "g": .input(1), "m": .input(2), "v": .input(3), "schedule": .input(4), "state": .input(5),
      "new_w": .output(0), "new_m": .output(1), "new_v": .output(2),
    ]
    return LaunchPlan([.flat("scaled_adam", buffers + adam.attributes, over: inputs[0], on: device)])
  }

  public static var parityCases: [ParityCase] {
    let states: [(name: String, draw: ParityCase.Draw)] = [
      ("finite", .uniform(0.25...0.5)), ("not finite", .uniform(1...9)),
    ]
    return states.flatMap { name, draw in
      [
        ("one number", .channels(1)), ("odd filter", .filter(5, 3, 7, 11)), ("level", .filter(128, 64, 4, 4)),
      ].map { (shape: String, type: TensorType) in
        // The tolerance of `Adam`, with gradients up to four times as large.
        ParityCase(
          "\(shape), \(name)", ScaledAdam(Adam(beta1: 0.5)),
          [type, type, type, type, TensorType(Shape(2), .plain), .lossScaleState],
          draws: [3: .uniform(0.1...1), 4: .uniform(0.1...0.9), 5: draw],
          tolerance: ParityCase.Tolerance(absolute: 4e-6, relative: 2e-6))
      }
    }
  }
}

extension TensorType {
  /// The numbers of loss scaling: [scale, steps since it last changed, 1 if a gradient of this step is not finite].
  static let lossScaleState = TensorType(Shape(3), .plain)
}

/// y = x * scale.   x and y: one number; state as `TensorType.lossScaleState`.
public struct ScaleLoss: Op {
  public static let name = OpName.scaleLoss

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs == [.scalar, .lossScaleState], "\(Self.name) takes a number and the state: \(inputs)")
    return [.scalar]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    outputs[0][0] = inputs[0][0] * inputs[1][0]
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      KernelLaunch(
        "scale_loss", ["x": .input(0), "state": .input(1), "y": .output(0)], over: [1], groups: device.groups())
    ])
  }

  public static var parityCases: [ParityCase] {
    [
      ParityCase("one number", ScaleLoss(), [.scalar, .lossScaleState], draws: [1: .uniform(1...1000)])
    ]
  }
}

/// state' = state with its third number 1 if any gradient has an infinite element or NaN.
///
/// Inputs: the state, and one or more gradients of any types.
public struct FindNonFinite: Op {
  public static let name = OpName.findNonFinite
  public static let inPlace = [0: 0]
  /// Gradients that one launch checks.
  private static let gradientsTogether = 8

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count > 1 && inputs[0] == .lossScaleState, "\(Self.name) takes the state and gradients")
    return [.lossScaleState]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let state = outputs[0]
    for index in 0..<3 { state[index] = inputs[0][index] }
    let isFinite = inputs.dropFirst().allSatisfy { gradient in
      UnsafeBufferPointer(start: gradient.base, count: gradient.count).allSatisfy(\.isFinite)
    }
    if !isFinite { state[2] = 1 }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    var launches = [
      KernelLaunch(
        "copy_loss_scale", ["state": .input(0), "new_state": .output(0)], over: [1], groups: device.groups())
    ]
    for first in stride(from: 1, to: inputs.count, by: Self.gradientsTogether) {
      let gradients = first..<min(first + Self.gradientsTogether, inputs.count)
      let counts = gradients.map { BlockedLayout(inputs[$0]).count }
      let vectors = counts.max()!.dividedRoundingUp(by: device.lanes)
      let run = device.run(of: vectors)
      let places = 0..<Self.gradientsTogether
      launches.append(
        KernelLaunch(
          "find_non_finite", defines: device.laneDefines(for: inputs[0]),
          KernelArguments(places.map { ("g\($0)", .input($0 < gradients.count ? first + $0 : first)) })
            + ["state": .output(0)]
            + KernelArguments(places.map { ("count\($0)", .int($0 < gradients.count ? counts[$0] : 0)) })
            + ["run": .int(run)],
          over: [vectors.dividedRoundingUp(by: run), gradients.count], groups: device.groups(rank: 2)))
    }
    return LaunchPlan(launches)
  }

  public static var parityCases: [ParityCase] {
    let state = TensorType.lossScaleState
    let many: [TensorType] = [.filter(5, 3, 7, 11), .channels(69), .filter(128, 64, 4, 4), .channels(1)]
    return [
      ParityCase("one number", FindNonFinite(), [state, .channels(1)], draws: [0: .uniform(0...1)]),
      ParityCase("odd filter", FindNonFinite(), [state, .filter(5, 3, 7, 11)], draws: [0: .uniform(0...1)]),
      ParityCase("infinite", FindNonFinite(), [state, .filter(5, 3, 7, 11)], draws: [1: .withInfinity]),
      ParityCase("a network", FindNonFinite(), [state] + many + many + many),
      ParityCase(
        "a network, the last infinite", FindNonFinite(), [state] + many + many + many, draws: [12: .withInfinity]),
    ]
  }
}

/// The update after a step, as in torch.amp.GradScaler.update. If a gradient was not finite, the scale is multiplied by
/// `backoff`; after `interval` steps with finite gradients, by `growth`, unless the result is infinite.
///
/// Input and output: the state.
public struct UpdateLossScale: Op {
  public static let name = OpName.updateLossScale
  public static let inPlace = [0: 0]
  public var growth: Float
  public var backoff: Float
  public var interval: Int

  public init(growth: Float = 2, backoff: Float = 0.5, interval: Int = 2000) {
    self.growth = growth
    self.backoff = backoff
    self.interval = interval
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs == [.lossScaleState], "\(Self.name) takes the state: \(inputs)")
    return inputs
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (scale, steps, wasFound) = (inputs[0][0], inputs[0][1], inputs[0][2] > 0.5)
    let good = wasFound ? 0 : steps + 1
    let grown = scale * Scalar(growth)
    let grows = good >= Scalar(interval)
    outputs[0][0] = wasFound ? scale * Scalar(backoff) : grows && grown.isFinite ? grown : scale
    outputs[0][1] = grows ? 0 : good
    outputs[0][2] = 0
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      KernelLaunch(
        "update_loss_scale",
        [
          "state": .input(0), "new_state": .output(0), "growth": .float(growth), "backoff": .float(backoff),
          "interval": .int(interval),
        ], over: [1], groups: device.groups())
    ])
  }

  public static var parityCases: [ParityCase] {
    [
      ParityCase("gradients not finite", UpdateLossScale(), [.lossScaleState], draws: [0: .uniform(1...1000)]),
      ParityCase("finite", UpdateLossScale(), [.lossScaleState], draws: [0: .uniform(0.1...0.4)]),
      ParityCase("growing", UpdateLossScale(interval: 1), [.lossScaleState], draws: [0: .uniform(0.1...0.4)]),
    ]
  }
}

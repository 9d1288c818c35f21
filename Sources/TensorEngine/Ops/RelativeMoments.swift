/// The running moments of batch norm, in the units of values that are normalised with the batch's: with x^ = (x - mean) d,
///
///     relative mean = (running mean - mean) d,   relative variance = (running variance + epsilon) d^2
///
/// so that (x^ - relative mean) / sqrt(relative variance) is x normalised with the running moments. Batch renormalisation
/// (Ioffe 2017) takes them as constants. A channel whose values are all one number has d = 1 / sqrt(epsilon).
///
/// Inputs running mean, running variance, mean, d = inverse deviation, and both outputs: (C).
public struct RelativeMoments: Op {
  public static let name = OpName.relativeMoments
  public var epsilon: Float

  /// - Parameter epsilon: that of the batch norm.
  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 4 && inputs[0].role == .channels && inputs.allSatisfy { $0 == inputs[0] },
      "\(Self.name) takes running mean and variance, mean and inverse deviation of one C: \(inputs)")
    return [inputs[0], inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    for c in 0..<inputs[0].count {
      let deviation = inputs[3][c]
      outputs[0][c] = (inputs[0][c] - inputs[2][c]) * deviation
      outputs[1][c] = (inputs[1][c] + Scalar(epsilon)) * deviation * deviation
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .flat(
        "relative_moments",
        [
          "running_mean": .input(0), "running_variance": .input(1), "mean": .input(2), "deviation": .input(3),
          "relative_mean": .output(0), "relative_variance": .output(1), "epsilon": .float(epsilon),
        ], over: inputs[0], on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    [("one", 1), ("pose", 5), ("odd", 69), ("content", 128)].map { name, channels in
      let c = TensorType.channels(channels)
      return ParityCase(name, RelativeMoments(), [c, c, c, c], draws: [1: .uniform(0.1...2), 3: .uniform(0.5...2)])
    }
  }
}

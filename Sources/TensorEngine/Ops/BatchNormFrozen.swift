/// y = activation(gamma * (x - runningMean) / sqrt(runningVariance + epsilon) + beta): batch normalisation with given
/// statistics, which is elementwise.   x, y: (N, C, H, W) or (N, C); all else (C).
public struct BatchNormFrozenForward: DifferentiableOp {
  public static let name = OpName.batchNormFrozenForward
  public var activation: Activation
  public var epsilon: Float

  public init(activation: Activation, epsilon: Float = 1e-5) {
    self.activation = activation
    self.epsilon = epsilon
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 5, "\(Self.name) takes x, gamma, beta and the running mean and variance")
    let x = inputs[0]
    let channels = TensorType.channels(x.shape.channels)
    precondition(x.role == .features && inputs.dropFirst().allSatisfy { $0 == channels }, "\(inputs): not one C")
    return [x]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, gamma, beta) = (inputs[0].base, inputs[1].base, inputs[2].base)
    let (means, variances, y) = (inputs[3].base, inputs[4].base, outputs[0].base)
    let shape = inputs[0].shape
    let (channels, plane) = (shape.channels, shape.height * shape.width)
    parallelFor(shape.batch) { range in
      for n in range {
        for c in 0..<channels {
          let offset = (n * channels + c) * plane
          let x = x + offset
          let (mean, shift) = (means[c], beta[c])
          let scale = gamma[c] / (variances[c] + Scalar(epsilon)).squareRoot()
          activation.apply(plane, into: y + offset) { (x[$0] - mean) * scale + shift }
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let features = DeviceFeatures(inputs[0])
    let run = device.run(of: features.rows, vectors: features.shape.width)
    let buffers: KernelArguments = [
      "x": .input(0), "gamma": .input(1), "beta": .input(2), "running_mean": .input(3), "running_variance": .input(4),
      "y": .output(0),
    ]
    return LaunchPlan([
      KernelLaunch(
        "batch_norm_frozen_forward", defines: device.laneDefines(for: inputs[0]),
        buffers + ["epsilon": .float(epsilon)] + activation.kernelArguments
          + ["rows": .int(features.rows), "rows_per_item": .int(run)] + features.geometry,
        over: [features.rows.dividedRoundingUp(by: run), device.channelGroups(of: inputs[0])],
        groups: device.groups(rank: 2))
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0] || wanted[1] || wanted[2], let gradY = outputGradients[0] else { return [nil, nil, nil, nil, nil] }
    let gradients = try run(
      BatchNormFrozenBackward(activation: activation, epsilon: epsilon),
      [inputs[0], gradY, inputs[1], inputs[2], inputs[3], inputs[4]])
    return [
      wanted[0] ? gradients[0] : nil, wanted[1] ? gradients[1] : nil, wanted[2] ? gradients[2] : nil, nil, nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    DeviceFeatures.normalisationCases.map { name, activation, x in
      let c = TensorType.channels(x.shape.channels)
      return ParityCase(
        name, BatchNormFrozenForward(activation: activation), [x, c, c, c, c], draws: [4: .uniform(0.1...2)],
        tolerance: ParityCase.Tolerance(absolute: 2e-6, relative: 2e-6))
    }
  }
}

/// Gradients of `BatchNormFrozenForward`. With d = 1 / sqrt(runningVariance + epsilon) and g = gradY through the
/// activation: gradX = gamma d g, gradGamma = sum g (x - runningMean) d, gradBeta = sum g.
///
/// x, gradY, gradX: (N, C, H, W) or (N, C); all else (C).
public struct BatchNormFrozenBackward: Op {
  public static let name = OpName.batchNormFrozenBackward
  public var activation: Activation
  public var epsilon: Float

  public init(activation: Activation, epsilon: Float = 1e-5) {
    self.activation = activation
    self.epsilon = epsilon
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 6, "\(Self.name) takes x, gradY, gamma, beta and the running mean and variance")
    let x = inputs[0]
    let channels = TensorType.channels(x.shape.channels)
    precondition(x.role == .features && inputs[1] == x, "gradY is \(inputs[1]), x is \(x)")
    precondition(inputs.dropFirst(2).allSatisfy { $0 == channels }, "\(inputs): not one C")
    return [x, channels, channels]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, gradY, gamma, beta) = (inputs[0].base, inputs[1].base, inputs[2].base, inputs[3].base)
    let (means, variances) = (inputs[4].base, inputs[5].base)
    let (gradX, gradGamma, gradBeta) = (outputs[0].base, outputs[1].base, outputs[2].base)
    let shape = inputs[0].shape
    let (batch, channels, plane) = (shape.batch, shape.channels, shape.height * shape.width)
    parallelFor(channels) { range in
      for c in range {
        let (mean, shift) = (means[c], beta[c])
        let deviation = 1 / (variances[c] + Scalar(epsilon)).squareRoot()
        let scale = gamma[c] * deviation
        var (sum, sumOfProducts) = (0.0, 0.0)
        for n in 0..<batch {
          let offset = (n * channels + c) * plane
          let (x, g) = (x + offset, gradX + offset)
          activation.pullBack(plane, gradY + offset, into: g, input: { (x[$0] - mean) * scale + shift })
          sum += sumInDouble(plane) { Double(g[$0]) }
          sumOfProducts += sumInDouble(plane) { Double(g[$0]) * Double(x[$0] - mean) }
          for i in 0..<plane { g[i] *= scale }
        }
        gradBeta[c] = Scalar(sum)
        gradGamma[c] = Scalar(sumOfProducts * Double(deviation))
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let features = DeviceFeatures(inputs[0])
    let run = features.chunk(on: device) ?? features.rows
    let chunks = features.rows.dividedRoundingUp(by: run)
    let (gammaSums, betaSums): (KernelArgument, KernelArgument) =
      chunks == 1 ? (.output(1), .output(2)) : (.workspace(0), .workspace(1))
    let buffers: KernelArguments = [
      "x": .input(0), "grad_y": .input(1), "gamma": .input(2), "beta": .input(3), "running_mean": .input(4),
      "running_variance": .input(5), "grad_x": .output(0), "grad_gamma": gammaSums, "grad_beta": betaSums,
    ]
    let size = ["rows": .int(features.rows), "rows_per_item": .int(run)] + features.geometry
    let groups = device.channelGroups(of: inputs[0])
    let backward = KernelLaunch(
      "batch_norm_frozen_backward", defines: device.laneDefines(for: inputs[0]),
      buffers + ["epsilon": .float(epsilon)] + activation.kernelArguments + size,
      over: [chunks, groups], groups: device.groups(rank: 2))
    if chunks == 1 { return LaunchPlan([backward]) }
    let partials = chunks * groups * device.lanes
    return LaunchPlan(
      [
        backward,
        KernelLaunch(
          "batch_norm_frozen_backward_combine", defines: device.laneDefines(for: inputs[0]),
          [
            "gamma_partials": gammaSums, "beta_partials": betaSums, "grad_gamma": .output(1), "grad_beta": .output(2),
            "chunks": .int(chunks), "channels": .int(features.shape.channels),
          ], over: [groups], groups: device.groups()),
      ], workspaces: [partials, partials])
  }

  public static var parityCases: [ParityCase] {
    DeviceFeatures.normalisationCases.map { name, activation, x in
      let c = TensorType.channels(x.shape.channels)
      return ParityCase(
        name, BatchNormFrozenBackward(activation: activation), [x, x, c, c, c, c], draws: [5: .uniform(0.1...2)],
        tolerance: .sum(of: x.shape.count / x.shape.channels, magnitude: 2))
    }
  }
}

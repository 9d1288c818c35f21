/// y = activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta), with mean and biased variance of the batch per
/// channel, and their running averages: running' = (1 - momentum) running + momentum * (mean | unbiased variance).
///
/// x, y: (N, C, H, W) or (N, C); all else (C). Only y carries a gradient. A channel of one element has no unbiased
/// variance; the biased one, 0, is used instead.
public struct BatchNormForward: DifferentiableOp {
  public static let name = OpName.batchNormForward
  public static let inPlace = [3: 3, 4: 4]
  public var activation: Activation
  public var momentum: Float
  public var epsilon: Float

  public init(activation: Activation, momentum: Float = 0.1, epsilon: Float = 1e-5) {
    self.activation = activation
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 5, "\(Self.name) takes x, gamma, beta and the running mean and variance")
    let x = inputs[0]
    let channels = TensorType.channels(x.shape.channels)
    precondition(x.role == .features && inputs.dropFirst().allSatisfy { $0 == channels }, "\(inputs): not one C")
    return [x, channels, channels, channels, channels]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, gamma, beta) = (inputs[0].base, inputs[1].base, inputs[2].base)
    let (runningMean, runningVariance) = (inputs[3].base, inputs[4].base)
    let (y, means, deviations) = (outputs[0].base, outputs[1].base, outputs[2].base)
    let (newMean, newVariance) = (outputs[3].base, outputs[4].base)
    let shape = inputs[0].shape
    let (batch, channels, plane) = (shape.batch, shape.channels, shape.height * shape.width)
    let count = Double(batch * plane)
    let (momentum, epsilon) = (Scalar(momentum), Double(epsilon))
    parallelFor(channels) { range in
      for c in range {
        // Both moments in one pass, relative to the mean of the channel's first map. It differs from the channel's mean
        // by at most sqrt(N) deviations, so the subtraction below loses at most a factor of N of Double's accuracy.
        let first = x + c * plane
        let origin = sumInDouble(plane) { Double(first[$0]) } / Double(plane)
        var (sum, sumOfSquares) = (0.0, 0.0)
        for n in 0..<batch {
          let x = x + (n * channels + c) * plane
          let (distance, square) = sumsInDouble(plane) {
            let d = Double(x[$0]) - origin
            return (d, d * d)
          }
          sum += distance
          sumOfSquares += square
        }
        let mean = origin + sum / count
        let squares = max(sumOfSquares - sum * (sum / count), 0)
        let inverseDeviation = 1 / (squares / count + epsilon).squareRoot()
        means[c] = Scalar(mean)
        deviations[c] = Scalar(inverseDeviation)
        newMean[c] = (1 - momentum) * runningMean[c] + momentum * Scalar(mean)
        newVariance[c] = (1 - momentum) * runningVariance[c] + momentum * Scalar(squares / max(count - 1, 1))
        let (centre, scale, shift) = (means[c], gamma[c] * deviations[c], beta[c])
        for n in 0..<batch {
          let offset = (n * channels + c) * plane
          let x = x + offset
          activation.apply(plane, into: y + offset) { (x[$0] - centre) * scale + shift }
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(inputs[0], on: device) }
    let features = DeviceFeatures(inputs[0])
    guard let run = features.chunk(on: device) else {
      return LaunchPlan([
        KernelLaunch(
          "batch_norm_forward",
          given + results + attributes + ["rows": .int(features.rows)] + features.geometry,
          over: [features.blocks], groups: device.groups())
      ])
    }
    let chunks = features.rows.dividedRoundingUp(by: run)
    let size = ["rows": .int(features.rows), "rows_per_item": .int(run)] + features.geometry
    return LaunchPlan(
      [
        KernelLaunch(
          "batch_norm_moments", ["x": .input(0), "partials": .workspace(0)] + size, over: [chunks, features.blocks],
          groups: device.groups(rank: 2)),
        KernelLaunch(
          "batch_norm_normalise", given + ["partials": .workspace(0)] + results + attributes + size,
          over: [chunks, features.blocks], groups: device.groups(rank: 2)),
      ], workspaces: [features.blocks * chunks * DeviceFeatures.momentsOfBlock])
  }

  private var given: KernelArguments {
    [
      "x": .input(0), "gamma": .input(1), "beta": .input(2), "running_mean": .input(3), "running_variance": .input(4),
    ]
  }

  private var results: KernelArguments {
    [
      "y": .output(0), "mean_out": .output(1), "deviation_out": .output(2), "new_running_mean": .output(3),
      "new_running_variance": .output(4),
    ]
  }

  private var attributes: KernelArguments {
    ["momentum": .float(momentum), "epsilon": .float(epsilon)] + activation.kernelArguments
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = DeviceFeatures(x)
    let perGroup = features.pixelsPerGroup(on: device)
    let groups = [features.pixels.dividedRoundingUp(by: perGroup), features.blocks]
    let defines = device.laneDefines(for: x)
    let size = ["pixels": .int(features.pixels), "pixels_per_chunk": .int(perGroup)] + features.geometry
    return LaunchPlan(
      [
        .grouped(
          "batch_norm_grouped_moments", defines: defines, ["x": .input(0), "partials": .workspace(0)] + size, groups),
        .grouped(
          "batch_norm_grouped_normalise", defines: defines,
          given + ["partials": .workspace(0)] + results + attributes + size, groups),
      ], workspaces: [groups[0] * groups[1] * DeviceFeatures.momentsOfBlock])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0] || wanted[1] || wanted[2], let gradY = outputGradients[0] else { return [nil, nil, nil, nil, nil] }
    let gradients = try run(
      BatchNormBackward(activation: activation), [inputs[0], gradY, inputs[1], inputs[2], outputs[1], outputs[2]])
    return [
      wanted[0] ? gradients[0] : nil, wanted[1] ? gradients[1] : nil, wanted[2] ? gradients[2] : nil, nil, nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    DeviceFeatures.normalisationCases.map { name, activation, x in
      let c = TensorType.channels(x.shape.channels)
      return ParityCase(
        name, BatchNormForward(activation: activation), [x, c, c, c, c], draws: [4: .uniform(0.1...2)],
        tolerance: .sum(of: x.shape.count / x.shape.channels, magnitude: 2))
    }
  }
}

/// Gradients of `BatchNormForward`. With x^ = (x - mean) * inverseDeviation, g = gradY through the activation and
/// M = N * H * W: gradBeta = sum g, gradGamma = sum g x^,
/// gradX = gamma * inverseDeviation * (g - gradBeta / M - x^ * gradGamma / M).
///
/// x, gradY, gradX: (N, C, H, W) or (N, C); all else (C).
public struct BatchNormBackward: Op {
  public static let name = OpName.batchNormBackward
  public var activation: Activation

  public init(activation: Activation) { self.activation = activation }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 6, "\(Self.name) takes x, gradY, gamma, beta, mean and inverseDeviation")
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
    let (means, deviations) = (inputs[4].base, inputs[5].base)
    let (gradX, gradGamma, gradBeta) = (outputs[0].base, outputs[1].base, outputs[2].base)
    let shape = inputs[0].shape
    let (batch, channels, plane) = (shape.batch, shape.channels, shape.height * shape.width)
    let count = Double(batch * plane)
    parallelFor(channels) { range in
      for c in range {
        let (mean, scale, shift) = (means[c], gamma[c] * deviations[c], beta[c])
        var (sum, sumOfProducts) = (0.0, 0.0)
        for n in 0..<batch {
          let offset = (n * channels + c) * plane
          // gradX holds g until the sums are known.
          let (x, g) = (x + offset, gradX + offset)
          activation.pullBack(plane, gradY + offset, into: g, input: { (x[$0] - mean) * scale + shift })
          let (gradient, product) = sumsInDouble(plane) {
            let value = Double(g[$0])
            return (value, value * Double(x[$0] - mean))
          }
          sum += gradient
          sumOfProducts += product
        }
        let deviation = Double(deviations[c])
        gradBeta[c] = Scalar(sum)
        gradGamma[c] = Scalar(sumOfProducts * deviation)
        let meanOfG = Scalar(sum / count)
        let slope = Scalar(sumOfProducts * deviation * deviation / count)
        for n in 0..<batch {
          let offset = (n * channels + c) * plane
          let (x, g) = (x + offset, gradX + offset)
          for i in 0..<plane { g[i] = scale * (g[i] - meanOfG - (x[i] - mean) * slope) }
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(inputs[0], on: device) }
    let features = DeviceFeatures(inputs[0])
    guard let run = features.chunk(on: device) else {
      return LaunchPlan([
        KernelLaunch(
          "batch_norm_backward",
          given + results + activation.kernelArguments + ["rows": .int(features.rows)] + features.geometry,
          over: [features.blocks], groups: device.groups())
      ])
    }
    let chunks = features.rows.dividedRoundingUp(by: run)
    let size =
      activation.kernelArguments + ["rows": .int(features.rows), "rows_per_item": .int(run)] + features.geometry
    return LaunchPlan(
      [
        KernelLaunch(
          "batch_norm_backward_sums", given + partials + size, over: [chunks, features.blocks],
          groups: device.groups(rank: 2)),
        KernelLaunch(
          "batch_norm_backward_apply", given + partials + results + size, over: [chunks, features.blocks],
          groups: device.groups(rank: 2)),
      ], workspaces: [features.blocks * chunks * DeviceFeatures.momentsOfBlock])
  }

  private var given: KernelArguments {
    [
      "x": .input(0), "grad_y": .input(1), "gamma": .input(2), "beta": .input(3), "mean": .input(4),
      "deviation": .input(5),
    ]
  }

  private var partials: KernelArguments { ["partials": .workspace(0)] }

  private var results: KernelArguments {
    ["grad_x": .output(0), "grad_gamma": .output(1), "grad_beta": .output(2)]
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = DeviceFeatures(x)
    let perGroup = features.pixelsPerGroup(on: device)
    let groups = [features.pixels.dividedRoundingUp(by: perGroup), features.blocks]
    let defines = device.laneDefines(for: x)
    let size =
      activation.kernelArguments + ["pixels": .int(features.pixels), "pixels_per_chunk": .int(perGroup)]
      + features.geometry
    return LaunchPlan(
      [
        .grouped("batch_norm_grouped_backward_sums", defines: defines, given + partials + size, groups),
        .grouped(
          "batch_norm_grouped_backward_apply", defines: defines, given + partials + results + size, groups),
      ], workspaces: [groups[0] * groups[1] * DeviceFeatures.momentsOfBlock])
  }

  public static var parityCases: [ParityCase] {
    DeviceFeatures.normalisationCases.map { name, activation, x in
      let c = TensorType.channels(x.shape.channels)
      return ParityCase(
        name, BatchNormBackward(activation: activation), [x, x, c, c, c, c], draws: [5: .uniform(0.5...2)],
        tolerance: .sum(of: x.shape.count / x.shape.channels, magnitude: 2))
    }
  }
}

extension DeviceFeatures {
  /// Rows in a chunk of the two launches that a large tensor takes. nil if one launch, with a whole block of channels
  /// per item, is faster: for small tensors, and for those whose blocks keep every core busy.
  func chunk(on device: DeviceTraits) -> Int? {
    if device.kind == .gpu { return pixels <= 256 ? nil : device.chunk(of: rows) }
    let fillsCores = blocks.isMultiple(of: device.computeUnits) || blocks >= 2 * device.computeUnits
    if blocks * pixels <= 8192 || (blocks > 1 && fillsCores) { return nil }
    return rows.dividedRoundingUp(by: (8 * device.computeUnits).dividedRoundingUp(by: blocks))
  }

  /// Floats of the two sums of all channels in a block.
  static let momentsOfBlock = 2 * BlockedLayout.block

  /// Types of x, with an activation each, for the tests of batch normalisation.
  static let normalisationCases: [(name: String, activation: Activation, x: TensorType)] = [
    ("one element", .identity, .features(1, 1)), ("one pixel", .leakyReLU(slope: 0.2), .features(2, 5, 1, 1)),
    ("odd", .leakyReLU(slope: 0.2), .features(3, 5, 7, 11)), ("odd, sigmoid", .sigmoid, .features(3, 5, 7, 11)),
    ("odd, in chunks on a GPU", .leakyReLU(slope: 0.2), .features(3, 5, 11, 9)),
    ("odd, tanh", .tanh, .features(2, 21, 3, 5)), ("grey", .relu, .features(3, 1, 5, 9)),
    ("colour", .identity, .features(2, 3, 9, 5)), ("large grey", .sigmoid, .features(8, 1, 33, 31)),
    ("vector of 5", .tanh, .features(7, 5)), ("vector of 64", .tanh, .features(32, 64)),
    ("vector of 69", .identity, .features(9, 69)), ("vector of 256", .sigmoid, .features(16, 256)),
    ("narrow level", .leakyReLU(slope: 0.2), .features(32, 16, 32, 32)),
    ("wide level", .leakyReLU(slope: 0.2), .features(32, 64, 16, 16)),
    ("deep level", .leakyReLU(slope: 0.2), .features(32, 512, 4, 4)),
    ("large odd", .leakyReLU(slope: 0.2), .features(5, 37, 29, 31)),
  ]
}

/// InfoNCE (van den Oord et al. 2018): the cross-entropy of finding each query's own key among the keys of the batch.
///
/// p[i,j] = softmax over j of q_i . k_j / temperature;   loss = mean over i of -log p[i,i].
///
/// queries q, keys k: (N, D); loss: (1); probabilities p: (N, N). The keys are constants: they have no gradient. Only the
/// loss has a derivative.
public struct InfoNCEForward: DifferentiableOp {
  public static let name = OpName.infoNCEForward
  public var temperature: Float

  public init(temperature: Float) {
    precondition(temperature > 0, "a temperature of \(temperature)")
    self.temperature = temperature
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 2 && inputs[0] == inputs[1] && inputs[0].isVectors,
      "\(Self.name) takes queries and keys (N, D): \(inputs)")
    let batch = inputs[0].shape.batch
    return [.scalar, TensorType([batch, batch], .plain)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, size) = (inputs[0].shape.batch, inputs[0].shape.channels)
    let loss = sumInDouble(batch) { row in
      let (query, probabilities) = (inputs[0].base + row * size, outputs[1].base + row * batch)
      let logits = (0..<batch).map { column in
        let key = inputs[1].base + column * size
        return sumInDouble(size) { Double(query[$0]) * Double(key[$0]) } / Double(temperature)
      }
      let largest = logits.max()!
      let total = logits.reduce(0) { $0 + Double.exp($1 - largest) }
      for column in 0..<batch { probabilities[column] = Scalar(Double.exp(logits[column] - largest) / total) }
      return largest + Double.log1p(total - 1) - logits[row]
    }
    outputs[0][0] = Scalar(loss / Double(batch))
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let shape = inputs[0].shape
    let arguments: KernelArguments = [
      "queries": .input(0), "keys": .input(1), "probabilities": .output(1), "row_losses": .workspace(0),
      "inverse_temperature": .float(1 / temperature), "batch": .int(shape.batch),
      "blocks": .int(BlockedLayout.blocks(shape.channels)),
    ]
    if device.sumsInGroups {
      return LaunchPlan(
        [
          .grouped("info_nce_grouped", arguments, [shape.batch]),
          .grouped(
            "loss_from_groups", ["sums": .workspace(0), "loss": .output(0), "count": .int(shape.batch)], [1]),
        ], workspaces: [shape.batch])
    }
    let run = device.run(of: shape.batch, vectors: shape.batch * BlockedLayout.blocks(shape.channels))
    return LaunchPlan(
      [
        KernelLaunch(
          "info_nce_forward", arguments + ["rows_per_item": .int(run)], over: [shape.batch.dividedRoundingUp(by: run)],
          groups: device.groups()),
        KernelLaunch(
          "loss_from_sums", ["sums": .workspace(0), "loss": .output(0), "count": .int(shape.batch)], over: [1],
          groups: device.groups()),
      ], workspaces: [shape.batch])
  }

  public func work(_ inputs: [TensorType]) -> Work {
    Work(operations: 2 * inputs[0].shape.batch * inputs[0].shape.count, bytes: movedBytes(inputs))
  }

  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradLoss = outputGradients[0] else { return [nil, nil] }
    return [try run(InfoNCEBackward(temperature: temperature), [outputs[1], inputs[1], gradLoss])[0], nil]
  }

  public static var parityCases: [ParityCase] {
    contrastiveCases.map { name, vectors, temperature in
      ParityCase(
        name, InfoNCEForward(temperature: temperature), [vectors, vectors],
        // A logit is a sum of D products, divided by the temperature; the loss and the logarithms of p differ by as much.
        tolerance: .sum(of: vectors.shape.channels, magnitude: 1 / temperature))
    }
  }
}

/// gradQ_i = gradLoss / (N temperature) * (sum over j of p[i,j] k_j - k_i), the gradient of `InfoNCEForward`.
///
/// probabilities p: (N, N); keys k, gradQ: (N, D); gradLoss: (1).
public struct InfoNCEBackward: Op {
  public static let name = OpName.infoNCEBackward
  public var temperature: Float

  public init(temperature: Float) { self.temperature = temperature }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[1].isVectors && inputs[2] == .scalar
        && inputs[0] == TensorType([inputs[1].shape.batch, inputs[1].shape.batch], .plain),
      "\(Self.name) takes probabilities (N, N), keys (N, D) and gradLoss: \(inputs)")
    return [inputs[1]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, size) = (inputs[1].shape.batch, inputs[1].shape.channels)
    let (probabilities, keys) = (inputs[0].base, inputs[1].base)
    let factor = Double(inputs[2][0]) / Double(batch) / Double(temperature)
    for row in 0..<batch {
      for i in 0..<size {
        let expected = sumInDouble(batch) { Double(probabilities[row * batch + $0]) * Double(keys[$0 * size + i]) }
        outputs[0][row * size + i] = Scalar(factor * (expected - Double(keys[row * size + i])))
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let shape = inputs[1].shape
    let groups = device.channelGroups(of: inputs[1])
    let run = device.run(of: shape.batch, vectors: shape.batch)
    return LaunchPlan([
      KernelLaunch(
        "info_nce_backward", defines: device.sumsInGroups ? DeviceTraits.quadDefines : [:],
        [
          "probabilities": .input(0), "keys": .input(1), "grad_loss": .input(2), "grad_queries": .output(0),
          "scale": .float(1 / (temperature * Float(shape.batch))), "batch": .int(shape.batch),
          "blocks": .int(BlockedLayout.blocks(shape.channels)), "rows_per_item": .int(run),
        ], over: [groups, shape.batch.dividedRoundingUp(by: run)], groups: device.groups(rank: 2))
    ])
  }

  public func work(_ inputs: [TensorType]) -> Work {
    Work(operations: 2 * inputs[1].shape.batch * inputs[1].shape.count, bytes: movedBytes(inputs))
  }

  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }

  public static var parityCases: [ParityCase] {
    contrastiveCases.map { name, vectors, temperature in
      let batch = vectors.shape.batch
      return ParityCase(
        name, InfoNCEBackward(temperature: temperature), [TensorType([batch, batch], .plain), vectors, .scalar],
        draws: [0: .uniform(0...1)], tolerance: .sum(of: batch + 1, magnitude: 1 / temperature))
    }
  }
}

/// Types of the vectors, and the temperature, for the tests.
private let contrastiveCases: [(name: String, vectors: TensorType, temperature: Float)] = [
  ("one element", .features(1, 1), 1), ("odd", .features(7, 5), 0.5),
  ("more clips than work-items", .features(131, 21), 2), ("content of 64", .features(32, 64), 1),
  ("content of 128", .features(100, 128), 4),
]

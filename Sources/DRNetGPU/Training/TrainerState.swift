import Files
import TensorEngine

/// The content of a trainer's checkpoint, and how it is restored.
///
/// | names | content |
/// |---|---|
/// | `netEC.` `netEP.` `netD.` `netC.` (or `netCP.`) or `lstm.` | the model for inference: averages if an average is kept |
/// | `trained.<name>` | the trained model, if an average is kept |
/// | `statistics.batches` | batches over which the running statistics of both were measured; see `FreshStatistics` |
/// | `statistics.pose_batches` | the same for those of the pose encoder |
/// | `optimizer.<name>` | the running statistics that training continues with, if those above were measured |
/// | `optimizer.<name>.exp_avg`, `.exp_avg_sq` | Adam's moments, under PyTorch's names |
/// | `optimizer.step` | steps done |
/// | `optimizer.loss_scale` (3) | scale, steps since it changed, 0; if the precision is mixed |
/// | `optimizer.cross_covariance` (P, C) | see `CrossCovariance`; if there is one |
/// | `lstm.residual` | 1 if the pose LSTM predicts differences, else missing |
/// | `losses.unreported` (k, losses) | losses of the last k steps, not yet in the metrics |
///
/// The metadata say whether poses have unit length, see `UnitLengthOfPoses`.
enum TrainerState {
  static let unreported = "losses.unreported"
  static let step = "optimizer.step"
  static let lossScale = "optimizer.loss_scale"
  static let crossCovariance = "optimizer.cross_covariance"
  static let statisticsBatches = "statistics.batches"
  static let poseStatisticsBatches = "statistics.pose_batches"
  static let optimizer = "optimizer."

  /// Weights, optimiser, step and unreported losses of a trainer; tensors are read from the device during writing.
  static func content(
    weights: [(name: String, tensor: Tensor)], optimiser: AdamOptimiser, steps: Int, losses: [StepLosses],
    from backend: any Backend
  ) -> SafetensorsContent {
    var content = SafetensorsContent()
    func add(_ name: String, _ tensor: Tensor) {
      content.entries.append(SafetensorsContent.Entry(name: name, shape: tensor.shape) { try backend.download(tensor) })
    }
    for (name, tensor) in weights { add(name, tensor) }
    for moment in optimiser.moments {
      add("optimizer.\(moment.name).exp_avg", moment.first)
      add("optimizer.\(moment.name).exp_avg_sq", moment.second)
    }
    content.integers[step] = .init(steps)
    if let first = losses.first {
      let table = HostTensor([losses.count, first.values.count], losses.flatMap(\.values))
      content.entries.append(SafetensorsContent.Entry(name: unreported, shape: table.shape) { table })
    }
    return content
  }

  /// Restores what `content` saved.
  /// - Parameters:
  ///   - file: the checkpoint.
  ///   - weights: the tensors to restore, with their names in the file.
  ///   - optimiser: restored, too.
  ///   - losses: number of losses per step.
  ///   - backend: holds the tensors.
  /// - Returns: steps done, and the unreported losses of the last of them, (steps, losses).
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then.
  static func read(
    _ file: SafetensorsFile, weights: [(name: String, tensor: Tensor)], optimiser: AdamOptimiser, losses: Int,
    to backend: any Backend
  ) throws -> (step: Int, losses: HostTensor?) {
    var uploads = try weights.map { (try file.tensor($0.name, $0.tensor.shape), $0.tensor) }
    for moment in optimiser.moments {
      let shape = moment.parameter.type.shape
      uploads.append((try file.tensor("optimizer.\(moment.name).exp_avg", shape), moment.first))
      uploads.append((try file.tensor("optimizer.\(moment.name).exp_avg_sq", shape), moment.second))
    }
    let done = try file.integer(step)
    guard (0...1_000_000_000).contains(done) else {
      throw FileError(file, "\(step) is \(done); expected a number of steps")
    }
    let table = file[unreported]
    if let table, table.shape.rank != 2 || table.shape[0] > done || table.shape[1] != losses {
      throw FileError(file, "\(unreported) has shape \(table.shape); expected (steps, \(losses))")
    }
    for (host, tensor) in uploads { try backend.upload(host, to: tensor) }
    return (done, table)
  }
}

extension DRNetTrainer {
  /// Forward passes in training mode that each network makes in a step; PyTorch's `num_batches_tracked` counts them.
  private var passes: [String: Int] {
    let ofPose =
      switch model.adversary {
      case .scene: 4
      case .content: 1
      }
    return ["netEC.": 2, DRNet.poseEncoderPrefix: ofPose, "netD.": 1]
  }

  /// Batches over which the statistics of the weights for inference were measured; nil if a step has been done since.
  private var measuredBatches: StatisticsBatches? { measured.flatMap { $0.step == step ? $0.batches : nil } }

  /// All weights and running statistics with their names in a checkpoint of this step.
  private var storedWeights: [(name: String, tensor: Tensor)] {
    let isMeasured = measuredBatches != nil
    func tensors(_ replacements: [(parameter: Parameter, tensor: Tensor)]) -> [Tensor] {
      let replaced = Dictionary(uniqueKeysWithValues: replacements.map { (ObjectIdentifier($0.parameter), $0.tensor) })
      return model.namedParameters.map { replaced[ObjectIdentifier($0.parameter)] ?? $0.parameter.tensor }
    }
    let trained = tensors(isMeasured ? inference[inference.count - 1] : [])
    let inUse = average.map { tensors(isMeasured ? inference[0] : $0.replacements) } ?? trained
    return model.namedParameters.enumerated().flatMap { index, entry in
      var stored = [(entry.name, inUse[index])]
      if average != nil { stored.append((ModelWeights.trainedPrefix + entry.name, trained[index])) }
      if isMeasured, entry.parameter.kind == .statistic {
        stored.append((TrainerState.optimizer + entry.name, entry.parameter.tensor))
      }
      return stored
    }
  }

  /// The tensors to restore from a checkpoint, with their names there. Earlier builds had no statistics under
  /// `optimizer.`.
  private func restoredWeights(_ file: SafetensorsFile) -> [(name: String, tensor: Tensor)] {
    let averaged = zip(model.namedParameters.filter { $0.parameter.kind != .statistic }, average?.replacements ?? [])
    let trained = model.namedParameters.map { name, parameter in
      let own = TrainerState.optimizer + name
      let hasOwn = parameter.kind == .statistic && file[own] != nil
      return (name: hasOwn ? own : average == nil ? name : ModelWeights.trainedPrefix + name, tensor: parameter.tensor)
    }
    return averaged.map { (name: $0.name, tensor: $1.tensor) } + trained
  }

  /// What steps change besides weights and moments, with the names in a checkpoint.
  private var otherState: [(name: String, tensor: Tensor)] {
    [(TrainerState.lossScale, lossScale?.state), (TrainerState.crossCovariance, covarianceMemory)].compactMap {
      name, tensor in tensor.map { (name, $0) }
    }
  }

  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint() throws -> SafetensorsContent {
    var content = TrainerState.content(
      weights: storedWeights, optimiser: optimiser, steps: step, losses: try collectLosses(), from: backend)
    if let batches = measuredBatches {
      content.integers[TrainerState.statisticsBatches] = .init(batches.networks)
      content.integers[TrainerState.poseStatisticsBatches] = .init(batches.pose)
    }
    content.metadata = UnitLengthOfPoses.metadata(model.sizes.normalise)
    for (name, state) in otherState {
      content.entries.append(
        SafetensorsContent.Entry(name: name, shape: state.shape) { [backend] in try backend.download(state) })
    }
    for network in model.networks {
      for parameter in network.module.parameters where parameter.name.hasSuffix(".running_mean") {
        let norm = parameter.name.dropLast("running_mean".count)
        let measured = measuredBatches.map { network.prefix == DRNet.poseEncoderPrefix ? $0.pose : $0.networks }
        let passes = measured ?? step * (passes[network.prefix] ?? 0)
        content.integers[network.prefix + norm + "num_batches_tracked"] = .init(passes)
      }
    }
    return content
  }

  /// Restores weights, optimiser and step from a checkpoint, so that training continues bit for bit.
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then. `DeviceError`
  ///   if the device fails.
  public func restore(_ file: SafetensorsFile) throws {
    let others = try otherState.map { (try file.tensor($0.name, $0.tensor.shape), $0.tensor) }
    let (done, unreported) = try TrainerState.read(
      file, weights: restoredWeights(file), optimiser: optimiser, losses: losses.names.count, to: backend)
    for (host, tensor) in others { try backend.upload(host, to: tensor) }
    step = done
    losses.restore(unreported, until: done)
  }
}

extension PoseTrainer {
  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint() throws -> SafetensorsContent {
    var content = TrainerState.content(
      weights: namedWeights, optimiser: optimiser, steps: step, losses: try collectLosses(), from: backend)
    if lstm.isResidual { content.integers[PoseLSTM.residualName] = .init(1) }
    content.metadata = UnitLengthOfPoses.metadata(lstm.isNormalised)
    return content
  }

  /// Restores weights, optimiser and step from a checkpoint, so that training continues bit for bit.
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then. `DeviceError`
  ///   if the device fails.
  public func restore(_ file: SafetensorsFile) throws {
    let (done, unreported) = try TrainerState.read(
      file, weights: namedWeights, optimiser: optimiser, losses: 1, to: backend)
    step = done
    losses.restore(unreported, until: done)
  }

  private var namedWeights: [(name: String, tensor: Tensor)] {
    lstm.namedParameters.map { ($0.name, $0.parameter.tensor) }
  }
}

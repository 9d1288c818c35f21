import Files
import TensorEngine

/// The content of a trainer's checkpoint, and how it is restored.
///
/// | names | content |
/// |---|---|
/// | `netEC.` `netEP.` `netD.` `netC.` or `lstm.` | the model for inference: averages if an average is kept |
/// | `trained.<name>` | the weights that training continues with, if an average is kept |
/// | `optimizer.<name>.exp_avg`, `.exp_avg_sq` | Adam's moments, under PyTorch's names |
/// | `optimizer.step` | steps done |
/// | `optimizer.loss_scale` (3) | scale, steps since it changed, 0; if the precision is mixed |
/// | `lstm.residual` | 1 if the pose LSTM predicts differences, else missing |
/// | `losses.unreported` (k, losses) | losses of the last k steps, not yet in the metrics |
enum TrainerState {
  static let unreported = "losses.unreported"
  static let step = "optimizer.step"
  static let lossScale = "optimizer.loss_scale"

  /// Weights, optimiser, step and unreported losses of a trainer; tensors are read from the device during writing.
  static func content(
    parameters: [(name: String, parameter: Parameter)], average: WeightAverage?, optimiser: AdamOptimiser,
    steps: Int, losses: [StepLosses], from backend: any Backend
  ) -> SafetensorsContent {
    var content = SafetensorsContent()
    func add(_ name: String, _ tensor: Tensor) {
      content.entries.append(SafetensorsContent.Entry(name: name, shape: tensor.shape) { try backend.download(tensor) })
    }
    for (index, entry) in parameters.enumerated() {
      if let average {
        add(entry.name, average.averages[index])
        add("trained." + entry.name, entry.parameter.tensor)
      } else {
        add(entry.name, entry.parameter.tensor)
      }
    }
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
  /// - Parameter losses: number of losses per step.
  /// - Returns: steps done and unreported losses.
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then.
  static func read(
    _ file: SafetensorsFile, parameters: [(name: String, parameter: Parameter)], average: WeightAverage?,
    optimiser: AdamOptimiser, losses: Int, to backend: any Backend
  ) throws -> (step: Int, losses: [StepLosses]) {
    var uploads: [(HostTensor, Tensor)] = []
    for (index, entry) in parameters.enumerated() {
      let shape = entry.parameter.type.shape
      if let average {
        uploads.append((try file.tensor(entry.name, shape), average.averages[index]))
        uploads.append((try file.tensor("trained." + entry.name, shape), entry.parameter.tensor))
      } else {
        uploads.append((try file.tensor(entry.name, shape), entry.parameter.tensor))
      }
    }
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
    guard let table else { return (done, []) }
    let losses = (0..<table.shape[0]).map {
      StepLosses(step: done - table.shape[0] + 1 + $0, values: table.rows($0..<$0 + 1).values)
    }
    return (done, losses)
  }
}

extension DRNetTrainer {
  /// Forward passes in training mode that each network makes in a step; PyTorch's `num_batches_tracked` counts them.
  private static let passes = ["netEC.": 2, "netEP.": 4, "netD.": 1]

  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint() throws -> SafetensorsContent {
    var content = TrainerState.content(
      parameters: model.namedParameters, average: average, optimiser: optimiser, steps: step,
      losses: try collectLosses(), from: backend)
    if let lossScale {
      content.entries.append(
        SafetensorsContent.Entry(name: TrainerState.lossScale, shape: lossScale.state.shape) { [backend] in
          try backend.download(lossScale.state)
        })
    }
    for network in model.networks {
      for parameter in network.module.parameters where parameter.name.hasSuffix(".running_mean") {
        let norm = parameter.name.dropLast("running_mean".count)
        let passes = step * (Self.passes[network.prefix] ?? 0)
        content.integers[network.prefix + norm + "num_batches_tracked"] = .init(passes)
      }
    }
    return content
  }

  /// Restores weights, optimiser and step from a checkpoint, so that training continues bit for bit.
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then. `DeviceError`
  ///   if the device fails.
  public func restore(_ file: SafetensorsFile) throws {
    let scale = try lossScale.map { try file.tensor(TrainerState.lossScale, $0.state.shape) }
    let (done, unreported) = try TrainerState.read(
      file, parameters: model.namedParameters, average: average, optimiser: optimiser, losses: MainLoss.allCases.count,
      to: backend)
    if let lossScale, let scale { try backend.upload(scale, to: lossScale.state) }
    step = done
    losses.restore(unreported)
  }
}

extension PoseTrainer {
  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Throws: `TrainingError.notFinite` if a loss is NaN or infinite; `DeviceError` if the device fails.
  public func checkpoint() throws -> SafetensorsContent {
    var content = TrainerState.content(
      parameters: lstm.namedParameters, average: nil, optimiser: optimiser, steps: step, losses: try collectLosses(),
      from: backend)
    if lstm.isResidual { content.integers[PoseLSTM.residualName] = .init(1) }
    return content
  }

  /// Restores weights, optimiser and step from a checkpoint, so that training continues bit for bit.
  /// - Throws: `FileError` that names what is missing or has the wrong shape; nothing has changed then. `DeviceError`
  ///   if the device fails.
  public func restore(_ file: SafetensorsFile) throws {
    let (done, unreported) = try TrainerState.read(
      file, parameters: lstm.namedParameters, average: nil, optimiser: optimiser, losses: 1, to: backend)
    step = done
    losses.restore(unreported)
  }
}

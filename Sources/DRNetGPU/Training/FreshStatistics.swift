import TensorEngine

/// Running means and variances that belong to given weights, measured over batches of training clips.
///
/// They are what torch.optim.swa_utils.update_bn computes: over all batches, the mean of each batch's mean and of its
/// unbiased variance, with forward passes that normalise by the batch. The training's own running statistics belong to
/// the weights of many steps, and not to averaged weights, whose activations differ.
///
/// Several sets of weights are measured by the same schedule: a device must clear what schedules share whenever it turns
/// from one to another, which took half the time when each set had its own.
final class FreshStatistics {
  /// Weights or running statistics, and what a tape reads in place of each.
  typealias Replacements = [(parameter: Parameter, tensor: Tensor)]

  /// For each set of weights, a pass of encoders and decoder over a batch, which adds its statistics; see `add`.
  let schedule: Schedule
  /// The same with the pose encoder alone.
  let poseSchedule: Schedule
  /// Each set of weights with its fresh running statistics.
  let replacements: [Replacements]
  private let backend: any Backend
  /// k / (k + 1), 1 / (k + 1) for batch k, counted from 0: the shares of the mean so far and of the batch.
  private let shares: Tensor

  /// - Parameters:
  ///   - model: the model.
  ///   - sets: for each set of weights, tensors that are read in place of the model's own.
  ///   - frames: x_0 and x_2, which give content and pose: (N, C, S, S) each.
  ///   - backend: holds the model.
  init(of model: DRNet, reading sets: [Replacements], frames: [Tensor], on backend: any Backend) throws {
    self.backend = backend
    let shares = try backend.allocate(TensorType([2], .plain))
    self.shares = shares
    typealias MeasuredNetwork = (prefix: String, parameters: [Parameter], batch: TensorGroup, mean: TensorGroup)
    let measured: [(weights: Replacements, networks: [MeasuredNetwork])] = try sets.map { weights in
      let networks: [MeasuredNetwork] = try model.networks.map { network in
        let parameters = network.module.parameters.filter { $0.kind == .statistic }
        let types = parameters.map(\.type)
        return (network.prefix, parameters, try backend.allocateGroup(types), try backend.allocateGroup(types))
      }
      return (weights, networks)
    }
    func measuring(only prefix: String? = nil, _ pass: (Tape) throws -> Void) throws -> Schedule {
      let recorder = Recorder(for: backend)
      for (weights, networks) in measured {
        let ofBatch = networks.flatMap { zip($0.parameters, $0.batch.tensors).map { (parameter: $0, tensor: $1) } }
        try pass(Tape(recorder, mode: .measuring, reading: weights + ofBatch))
        for network in networks where prefix == nil || network.prefix == prefix {
          for (mean, batch) in zip(network.mean.spans, network.batch.spans) {
            recorder.run(ExponentialMovingAverage(), [mean, batch, shares], into: [mean])
          }
        }
      }
      return recorder.schedule
    }
    schedule = try measuring { tape in
      let content = try model.contentEncoder(frames[0], tape)
      _ = try model.decoder(content: content, pose: model.poseEncoder(frames[1], tape).vector, tape)
    }
    poseSchedule = try measuring(only: DRNet.poseEncoderPrefix) { tape in
      _ = try model.poseEncoder(frames[1], tape)
    }
    replacements = measured.map { weights, networks in
      weights + networks.flatMap { zip($0.parameters, $0.mean.tensors).map { (parameter: $0, tensor: $1) } }
    }
  }

  /// Adds the batch that the frames hold to the means; batch 0 starts anew.
  /// - Parameters:
  ///   - batch: its number, counted from 0.
  ///   - replay: prepared from `schedule`, or for later batches from `poseSchedule`.
  func add(batch: Int, running replay: any Replay) throws {
    let share = 1 / Double(batch + 1)
    try backend.upload(HostTensor([2], [Float(1 - share), Float(share)]), to: shares)
    try replay.run()
  }
}

/// How many batches of training clips the statistics of a checkpoint are measured over.
struct StatisticsBatches: Equatable {
  /// For content encoder and decoder.
  var networks: Int
  /// For the pose encoder, at least as many.
  var pose: Int
}

extension DRNetTrainer {
  /// Measures the statistics of every set of weights for inference; the checkpoint of this step holds them.
  /// - Parameters:
  ///   - batches: the number of batches.
  ///   - replays: prepared from the schedules of `statistics`.
  ///   - next: returns x_0 and x_2 of the next batch, (N, C, S, S) each.
  func measureStatistics(
    batches: StatisticsBatches, running replays: (networks: any Replay, pose: any Replay),
    next: () throws -> [HostTensor]
  ) throws {
    for batch in 0..<batches.pose {
      let clips = try next()
      let isOfPose = batch >= batches.networks
      if !isOfPose { try backend.upload(clips[0], to: frames[0]) }
      try backend.upload(clips[1], to: frames[2])
      try statistics.add(batch: batch, running: isOfPose ? replays.pose : replays.networks)
    }
    measured = (step, batches)
  }
}

extension RunConfiguration {
  /// Batches over which the statistics of a checkpoint are measured: 512 clips, or as many as 1 % of the time since the
  /// checkpoint before allows. Of the last checkpoint, whose weights are used, 2,048 clips, or as many as 1 % of the time of
  /// the training allows. At least 256 clips or 16 batches; for the pose encoder six times as many.
  ///
  /// With 8 and 48 batches, validation and the file a checkpoint takes 0.34 s (demo, 2 cores), where the 1,000 steps between
  /// two take 24 s. Against 3,840 clips, held-out reconstruction lost up to 1.5 dB with 64 clips, 0.4 dB with 128, and 0.1 dB with
  /// 256 (100 to 1,000 steps of the demo, two draws). The sharper a model draws, the more the mean of the poses matters: that
  /// of 416 clips is off by 0.5 px, for which the demo paid 1 dB; with 2,656 clips for the poses it paid 0.3 dB after 3,000 steps.
  /// - Parameters:
  ///   - step: that of the checkpoint.
  ///   - isLast: whether the training ends with it.
  func statisticsBatches(at step: Int, isLast: Bool) -> StatisticsBatches {
    let (interval, most) = isLast ? (step, 2048) : (min(saveEvery, steps), 512)
    func batches(times factor: Int) -> Int {
      func holding(_ clips: Int) -> Int { (clips * factor).dividedRoundingUp(by: batchSize) }
      return max(min(holding(256), 16 * factor), min(holding(most), interval * factor / 72))
    }
    return StatisticsBatches(networks: batches(times: 1), pose: batches(times: 6))
  }
}

import Foundation
import TensorEngine

/// The training of a judge on labelled training clips. The last fifth of them is kept aside to say when the judge is good
/// enough; held-out clips are never seen.
public struct JudgeTraining<Source: LabelledSource>: Sendable {
  /// What the judge is trained on.
  public let source: Source
  /// Positions in the source's classes: what the judge is to tell.
  public let classes: [Int]
  /// T, the consecutive frames of a clip that the judge sees.
  public let frames: Int
  private let settings: JudgeTrainingSettings

  /// - Parameters:
  ///   - source: clips with at least `frames` frames, and at least two training clips.
  ///   - classes: positions in its classes.
  ///   - frames: T.
  ///   - settings: sizes, steps and seed.
  public init(_ source: Source, classes: [Int], frames: Int, settings: JudgeTrainingSettings) {
    (self.source, self.classes, self.frames, self.settings) = (source, classes, frames, settings)
  }

  /// Trains until the judge is right and sure of all clips that are kept aside, or the steps are done. It then has the weights
  /// with which the largest of its classes' cross-entropies on these clips was the least.
  /// - Parameters:
  ///   - backend: allocates and runs everything.
  ///   - shouldStop: called after each step; if it returns true, the training ends without a judge.
  ///   - report: called with each event.
  /// - Returns: the judge and the steps of its weights.
  /// - Throws: `CancellationError` if `shouldStop` returned true; what the clip source throws; `TrainingError.notFinite` if a
  ///   loss is NaN or infinite; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func run(
    on backend: any Backend, shouldStop: () -> Bool, report: (JudgeTrainingEvent) -> Void
  ) throws -> (judge: Judge, steps: Int) {
    let names = classes.map { source.classes[$0].name }
    let values = classes.map { source.classes[$0].values.count }
    let judge = try Judge(
      Judge.Sizes(
        imageSize: source.imageSize, channels: source.channels, width: settings.width, classes: values), on: backend)
    try judge.initialise(seed: settings.seed, network: JudgeTrainingSettings.networkNumber, on: backend)
    var ofTrainer = JudgeTrainer.Settings()
    ofTrainer.schedule = .cosine(steps: settings.steps)
    let (trained, kept) = try clips()
    // No more than there are, but two, since batch norm needs a batch.
    let together = min(settings.clips, max(2, trained?.count ?? settings.clips))
    let trainer = try JudgeTrainer(
      judge, settings: ofTrainer, names: names, clips: together, frames: frames, on: backend)
    let batches = OrderedPrefetch(from: 0) { [self] step in try batch(step: step, of: trained, size: together) }
    let checked = LabelledClips(kept, frames: frames, classes: classes, of: source)
    let labels = checked.labels
    var best: (crossEntropy: Double, steps: Int, weights: SafetensorsFile)?
    while trainer.step < settings.steps {
      try trainer.step(batches.next())
      report(.stepped(trainer.step, of: settings.steps))
      if shouldStop() { throw CancellationError() }
      guard trainer.step % settings.checkEvery == 0 || trainer.step == settings.steps else { continue }
      _ = try trainer.takeLosses()
      let probabilities = try checked.probabilities(by: ClipJudge(judge, on: backend))
      let scores = zip(names, zip(probabilities, labels)).map { name, judged in
        (
          name: name, crossEntropy: Self.crossEntropy(judged.0, judged.1),
          accuracy: accuracy(scores: judged.0, labels: judged.1)
        )
      }
      report(.checked(trainer.step, scores))
      let worst = scores.map(\.crossEntropy).max() ?? 0
      if worst < best?.crossEntropy ?? .infinity {
        best = (worst, trainer.step, try judge.weights(from: backend))
      }
      if worst < settings.enough, scores.allSatisfy({ $0.accuracy == 1 }) { break }
    }
    guard let best else { preconditionFailure("a training of no steps") }
    try judge.load(best.weights, on: backend)
    return (judge, best.steps)
  }

  /// The mean of -log p of the right value. probabilities: (n, K).
  private static func crossEntropy(_ probabilities: HostTensor, _ labels: [Int]) -> Double {
    let count = probabilities.shape[1]
    // Float may round a probability to 0.
    let terms = labels.enumerated().map { row, label in
      -log(Double(max(probabilities.values[row * count + label], .leastNormalMagnitude)))
    }
    return terms.reduce(0, +) / Double(labels.count)
  }

  /// The clips to train on, nil if every draw makes a new one; and those that are kept aside, at most `checkedClips`.
  private func clips() throws -> (trained: [Source.Clip]?, kept: [Source.Clip]) {
    func draw(_ size: Int) throws -> [Source.Clip] {
      try source.differentClips(
        step: 0, size: size, length: frames, split: .training, seed: settings.seed, purpose: .judgeData)
    }
    guard let count = source.clipCount(.training) else { return (nil, try draw(settings.checkedClips)) }
    let all = try draw(count)
    let first = count - max(1, count / 5)
    return (Array(all[..<first]), Array(all[first...].prefix(settings.checkedClips)))
  }

  /// Random clips, each from a random frame on.
  private func batch(step: Int, of trained: [Source.Clip]?, size: Int) throws -> JudgeTrainer.Batch {
    let drawn = try (0..<size).map { sample in
      // Step 0 is that of the clips themselves.
      var random = CounterRandom(seed: settings.seed, purpose: .judgeData, step: step + 1, sample: sample)
      guard let trained else { return try source.drawClip(.training, length: frames, random: &random) }
      let clip = trained[random.integer(in: 0...trained.count - 1)]
      return try source.fromAnotherFrame(clip, length: frames, random: &random)
    }
    let batch = LabelledClips(drawn, frames: frames, classes: classes, of: source)
    return JudgeTrainer.Batch(
      frames: HostTensor(
        rows: try batch.frames(), of: [source.channels, source.imageSize, source.imageSize]), targets: batch.targets)
  }
}

/// Sizes, length and seed of a judge's training.
public struct JudgeTrainingSettings: Sendable {
  /// Filters of the encoder's first layer.
  public var width = 16
  /// The most steps, over which the learning rate falls to 0 by half a cosine.
  public var steps = 1000
  /// Clips in a batch; fewer if fewer are trained on.
  public var clips = 32
  /// Steps from one check on the clips that are kept aside to the next.
  public var checkEvery = 100
  /// The training ends early if no class's cross-entropy on the clips that are kept aside is more, and all are told right: IS
  /// and H(y|x) also measure how sure the judge is.
  public var enough = 0.001
  /// The most clips that are checked.
  public var checkedClips = 1000
  /// Decides the first weights, which clips are kept aside and the batches.
  public var seed: UInt64 = 7

  /// The sixth network, after the main model's four and the pose LSTM: keeps its random numbers apart from theirs.
  static let networkNumber = 5

  /// The defaults.
  public init() {}
}

/// Progress of a judge's training.
public enum JudgeTrainingEvent: Sendable {
  /// This many steps are queued or done, of the most that there may be.
  case stepped(Int, of: Int)
  /// After this many steps: cross-entropy and accuracy of each class on training clips that are kept aside.
  case checked(Int, [(name: String, crossEntropy: Double, accuracy: Double)])
}

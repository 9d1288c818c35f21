import TensorEngine

/// Measures with a judge what decoded clips show: of which clip a swap keeps each class.
struct JudgeMeasurement<Model: ContentPoseModel, Source: LabelledSource> {
  private let model: Model
  /// The probabilities of the values of each class, (n, K), of T frames of n clips, (n, C, S, S) each.
  private let judge: ([HostTensor]) throws -> [HostTensor]
  private let description: JudgeDescription
  private let source: Source
  /// Pairs of clips, sampled contents and balanced sets that are drawn.
  private let repeats: Int
  private let seed: UInt64
  /// The held-out clips.
  private let clips: LabelledClips<Source>
  /// For each class, the value of each held-out clip.
  private let labels: [[Int]]

  /// - Parameters:
  ///   - model: encodes and decodes.
  ///   - judge: the probabilities of the values of each class, (n, K), of T frames of n clips, (n, C, S, S) each.
  ///   - description: of the judge.
  ///   - source: clips with as many frames as the judge sees, and the classes that it tells; at least two are held out.
  ///   - count: held-out clips; if there are fewer, all.
  ///   - repeats: as above.
  ///   - seed: of the clips and of the first repeat.
  /// - Throws: what the source throws.
  init(
    _ model: Model, _ judge: @escaping ([HostTensor]) throws -> [HostTensor], _ description: JudgeDescription,
    _ source: Source, count: Int, repeats: Int, seed: UInt64
  ) throws {
    (self.model, self.judge, self.description, self.source) = (model, judge, description, source)
    (self.repeats, self.seed) = (repeats, seed)
    let places = description.classes.compactMap { known in source.classes.firstIndex { $0.name == known.name } }
    clips = LabelledClips(
      try source.differentClips(
        step: JudgeStep.heldOutClips, size: min(count, source.clipCount(.heldOut) ?? count), length: description.frames,
        split: .heldOut, seed: seed,
        purpose: .judge), frames: description.frames, classes: places, of: source)
    labels = clips.labels
  }

  /// - Parameter shouldStop: called between parts of the clips.
  /// - Throws: `CancellationError` if `shouldStop` returned true; what the source throws; `AllocationError` if memory runs
  ///   out; `DeviceError` if the device fails.
  func measure(shouldStop: () -> Bool) throws -> Judgement {
    func requireGoingOn() throws { if shouldStop() { throw CancellationError() } }
    var judged: [Judgement.Clips: [Judged]] = [:]
    let (real, reconstructed, poses) = try reconstructions(requireGoingOn)
    judged[.trueClips] = Array(repeating: Judged(probabilities: real, labels: labels), count: repeats)
    judged[.reconstructions] = Array(repeating: Judged(probabilities: reconstructed, labels: labels), count: repeats)
    let gaussian = try model.decodesVectors ? contents() : nil
    for number in 0..<repeats {
      let (swapped, others) = try swaps(poses, seed: seed &+ UInt64(number), requireGoingOn)
      judged[.swapKeptFromPose, default: []].append(Judged(probabilities: swapped, labels: labels))
      judged[.swapKeptFromContent, default: []].append(
        Judged(probabilities: swapped, labels: labels.map { ofClass in others.map { ofClass[$0] } }))
      guard let gaussian else { continue }
      let drawn = ContentGaussian(gaussian).draw(clips.clips.count, seed: seed &+ UInt64(number))
      judged[.sampledContent, default: []].append(
        Judged(probabilities: try sampled(drawn, poses, requireGoingOn), labels: labels))
    }
    return judgement(of: judged, gaussianClips: gaussian?.shape[0])
  }

  private func judgement(of judged: [Judgement.Clips: [Judged]], gaussianClips: Int?) -> Judgement {
    var (readings, rare): ([Judgement.Reading], [String]) = ([], [])
    for (index, known) in description.classes.enumerated() {
      for kind in Judgement.Clips.allCases {
        guard let repeats = judged[kind] else { continue }
        let balanced = repeats.enumerated().map { number, judged in
          balance(judged.labels[index], of: index, seed: seed &+ UInt64(number))
        }
        readings.append(
          Judgement.Reading(
            name: known.name, clips: kind, scores: zip(repeats, balanced).map { $0.scores(of: index, on: $1) },
            count: balanced[0].clips.count, chance: balanced[0].chance))
      }
      // The values of pairs are those of the clips, so that the same are rare.
      let values = balance(labels[index], of: index, seed: seed).rare.map { known.values[$0] }
      guard !values.isEmpty else { continue }
      rare.append(
        "left out: \(known.name) \(values.joined(separator: ", ")), since fewer held-out clips have it than a tenth of an "
          + "equal share")
    }
    return Judgement(
      readings: readings, rareValues: rare,
      reasonWithoutSampledContent: gaussianClips == nil
        ? "left out: content sampled, since a decoder with skips also takes the feature maps of a true frame" : nil,
      judge: description, heldOutClips: clips.clips.count, gaussianClips: gaussianClips, seed: seed)
  }

  /// What the judge says of clips, and the values that they should have.
  private struct Judged {
    /// For each class, (n, K).
    let probabilities: [HostTensor]
    /// For each class, of each clip.
    let labels: [[Int]]

    func scores(of index: Int, on balanced: BalancedClips) -> JudgementScores {
      JudgementScores(
        probabilities: probabilities[index].picked(balanced.clips), labels: balanced.clips.map { labels[index][$0] })
    }
  }

  private func balance(_ labels: [Int], of index: Int, seed: UInt64) -> BalancedClips {
    var random = CounterRandom(seed: seed, purpose: .judge, step: JudgeStep.balance, sample: index)
    return BalancedClips(labels, count: description.classes[index].values.count, random: &random)
  }

  // MARK: Decoding

  /// The poses of the frames of a part of the clips, (n, pose) each.
  private typealias Poses = [HostTensor]

  private func reconstructions(
    _ beforeEach: () throws -> Void
  ) throws -> (real: [HostTensor], reconstructed: [HostTensor], poses: [Poses]) {
    let parts = try clips.parts.map { part in
      try beforeEach()
      let frames = try part.frames()
      let (content, poses) = (try model.content(of: frames[0]), try frames.map(model.pose))
      return (
        real: try judge(frames), poses: poses,
        reconstructed: try judge(poses.map { try model.decode(content, pose: $0) })
      )
    }
    return (clips.stacked(parts.map(\.real)), clips.stacked(parts.map(\.reconstructed)), parts.map(\.poses))
  }

  /// The poses of each clip with the content of another one: the clips in a random order, each with the next.
  private func swaps(
    _ poses: [Poses], seed: UInt64, _ beforeEach: () throws -> Void
  ) throws -> (probabilities: [HostTensor], others: [Int]) {
    let count = clips.clips.count
    var random = CounterRandom(seed: seed, purpose: .judge, step: JudgeStep.pairs)
    let order = random.distinct(count, in: 0...count - 1)
    var others = [Int](repeating: 0, count: count)
    for (place, clip) in order.enumerated() { others[clip] = order[(place + 1) % count] }
    let parts = try withRanges(poses) { range, poses in
      try beforeEach()
      let content = try model.content(of: source.frames(of: others[range].map { clips.clips[$0] }, at: 0))
      return try judge(poses.map { try model.decode(content, pose: $0) })
    }
    return (clips.stacked(parts), others)
  }

  /// The poses of each clip with a row of `contents`.
  private func sampled(
    _ contents: HostTensor, _ poses: [Poses], _ beforeEach: () throws -> Void
  ) throws -> [HostTensor] {
    clips.stacked(
      try withRanges(poses) { range, poses in
        try beforeEach()
        let part = contents.rows(range)
        return try judge(poses.map { try model.decode(content: part, pose: $0) })
      })
  }

  private func withRanges<Result>(_ poses: [Poses], _ body: (Range<Int>, Poses) throws -> Result) rethrows -> [Result] {
    var start = 0
    return try poses.map { part in
      defer { start += part[0].shape[0] }
      return try body(start..<start + part[0].shape[0], part)
    }
  }

  /// Training clips whose contents are looked at; if there are fewer, all.
  private static var gaussianClips: Int { 4000 }

  /// h_c of the first frame of training clips, (n, content).
  private func contents() throws -> HostTensor {
    let drawn = try source.differentClips(
      step: JudgeStep.contentsOfTraining, size: min(Self.gaussianClips, source.clipCount(.training) ?? .max),
      length: description.frames, split: .training, seed: seed, purpose: .judge)
    let parts = try stride(from: 0, to: drawn.count, by: 100).map {
      try model.vectors(
        of: model.content(of: source.frames(of: Array(drawn[$0..<min($0 + 100, drawn.count)]), at: 0)))
    }
    return HostTensor(rows: parts, of: [parts[0].shape[1]])
  }
}

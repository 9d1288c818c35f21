import Foundation
import TensorEngine

/// Measures what a model has learned, on the held-out clips of any source.
///
/// Protocol: features are those of the first frame of each clip, with running statistics in batch norm. If classes or
/// the changing factor are known, probes (`FactorProbe`) are fitted on training clips and scored on held-out ones, on
/// features that are standardised with the statistics of the training clips; so are MIG, SAP and DCI. If the changing factor
/// is known, a fresh scene discriminator (`SceneLeak`) is trained on the poses of two frames of each training clip.
/// Reconstruction decodes the content of frame 0 with the pose of frame 1 and compares with frame 1, on held-out and on
/// training clips. If the true frame is known, swap decodes the content of one clip with the pose of another and compares
/// with the true frame.
public struct Evaluator {
  /// Encodes and decodes frames with the model.
  public let extractor: FeatureExtractor
  /// Clips that the probes are fitted on.
  public var trainingClips = 4000
  /// Held-out clips that everything is measured on.
  public var heldOutClips = 1000
  /// The fresh scene discriminator sees two frames of a clip that are 1 to this many frames apart; nil for no such
  /// discriminator.
  public var maxStep: Int? = Self.largestStep
  /// Seed of the clips and of the probes; the same seed gives the same clips for every model.
  public var seed: UInt64 = 7

  /// The default of `maxStep`.
  static let largestStep = 11

  /// An evaluator of the extractor's model.
  public init(_ extractor: FeatureExtractor) { self.extractor = extractor }

  /// All measures but `PredictionQuality` that the source allows.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func evaluate<Source: ClipSource>(_ source: Source) throws -> Evaluation {
    let heldOut = try clips(of: source, .heldOut)
    let frames = try reconstruct(heldOut, of: source)
    var evaluation = Evaluation(
      contentVariation: FeatureVariation(frames.first.content), poseVariation: FeatureVariation(frames.first.pose),
      reconstructionPSNR: frames.quality.meanPSNR, reconstructionSSIM: frames.quality.meanSSIM,
      reconstructionMSE: frames.quality.meanSquaredError, reconstructionSharpness: frames.quality.sharpness,
      heldOutClips: heldOutClips, heldOutSet: source.clipCount(.heldOut), seed: seed)
    evaluation.protocols["reconstruction"] =
      "content of a clip's first frame and pose of its second, against the second; means of each frame's PSNR, SSIM and "
      + "squared error"
    evaluation.protocols["reconstruction of training clips"] = "the same on as many training clips"
    evaluation.protocols["sharpness"] =
      "mean gradient magnitude of decoded frames as a share of that of the true ones: less than 1 if they are blurred"
    evaluation.protocols["spread"] = FeatureVariation.method
    evaluation.protocols["effective directions"] = FeatureVariation.directionsMethod
    let training = try reconstruct(clips(of: source, .training, heldOutClips), of: source).quality
    evaluation.trainingReconstructionPSNR = training.meanPSNR
    evaluation.trainingReconstructionSSIM = training.meanSSIM
    evaluation.trainingReconstructionMSE = training.meanSquaredError
    evaluation.trainingReconstructionSharpness = training.sharpness
    if let known = source as? any LabelledSource { try probe(known, frames.first, into: &evaluation) }
    if let moving = source as? any FactorSource { try swap(moving, poses: frames.secondPoses, into: &evaluation) }
    return evaluation
  }

  /// Frames of this many clips are held at once: as many as the extractor processes in one pass.
  private static let batch = 100

  private func clips<Source: ClipSource>(
    of source: Source, _ split: Split, _ count: Int? = nil
  ) throws -> [Source.Clip] {
    let isFactorKnown = (source as? any LabelledSource)?.factors.isEmpty == false
    return try source.clips(
      step: split == .training ? ProbeStep.trainingClips : ProbeStep.heldOutClips,
      size: count ?? (split == .training ? trainingClips : heldOutClips),
      length: isFactorKnown ? (maxStep ?? 1) + 1 : 2,
      split: split, seed: seed, purpose: .probes)
  }

  private func batches<Element>(_ elements: [Element]) -> [Range<Int>] {
    stride(from: 0, to: elements.count, by: Self.batch).map { $0..<min($0 + Self.batch, elements.count) }
  }

  // MARK: Reconstruction

  /// Content and pose of clips, one row per clip.
  private typealias Features = (content: HostTensor, pose: HostTensor)

  private func reconstruct<Source: ClipSource>(
    _ clips: [Source.Clip], of source: Source
  ) throws -> (quality: FrameQuality, first: Features, secondPoses: HostTensor) {
    var quality = FrameQuality()
    var first: [Features] = []
    var secondPoses: [HostTensor] = []
    for range in batches(clips) {
      let part = Array(clips[range])
      let (contents, truth) = (try source.frames(of: part, at: 0), try source.frames(of: part, at: 1))
      first.append(try extractor.encode(contents))
      let pose = try extractor.pose(of: truth)
      secondPoses.append(pose)
      let decoded = try extractor.decode(contentOf: contents, pose: pose)
      quality.add(decoded, truth)
    }
    return (quality, stack(first), HostTensor(rows: secondPoses, of: [extractor.model.sizes.poseDim]))
  }

  private func stack(_ parts: [Features]) -> Features {
    let sizes = extractor.model.sizes
    return (
      HostTensor(rows: parts.map(\.content), of: [sizes.contentDim]),
      HostTensor(rows: parts.map(\.pose), of: [sizes.poseDim])
    )
  }

  // MARK: Probes

  private func probe<Source: LabelledSource>(
    _ source: Source, _ tested: Features, into evaluation: inout Evaluation
  ) throws {
    guard !source.classes.isEmpty || !source.factors.isEmpty else { return }
    let training = try clips(of: source, .training)
    let heldOut = try clips(of: source, .heldOut)
    let fitted = try stack(
      batches(training).map { try extractor.encode(source.frames(of: Array(training[$0]), at: 0)) })
    evaluation.trainingClips = trainingClips
    let all = Array(zip(factors(of: training, in: source), factors(of: heldOut, in: source)))
    let factors = all.filter { $0.values.canBeAsked($1.values) }
    evaluation.protocols["classes"] = FactorValues.leftOut(
      all.filter { !$0.values.canBeAsked($1.values) }.map(\.0.name))
    let known = LabelledFeatures(content: fitted.content, pose: fitted.pose, factors: factors.map(\.0))
    let asked = LabelledFeatures(content: tested.content, pose: tested.pose, factors: factors.map(\.1))
    evaluation.add(FactorProbe.readings(training: known, heldOut: asked, seed: seed))
    evaluation.add(DisentanglementScores(training: known, heldOut: asked, seed: seed))
    if let maxStep, !source.factors.isEmpty, !evaluation.probes.readings.isEmpty {
      evaluation.add(
        try sceneLeak(
          training: (training, fitted.pose), heldOut: (heldOut, tested.pose), of: source, upTo: maxStep))
    }
  }

  /// What is known of the first frame of each clip.
  private func factors<Source: LabelledSource>(of clips: [Source.Clip], in source: Source) -> [LabelledFactor] {
    let labels = clips.map(source.labels)
    let classes = source.classes.enumerated().map { place, known in
      LabelledFactor(known.name, .classes(labels.map { $0[place] }, count: known.values.count))
    }
    let numbers = clips.map { source.factors(of: $0, frame: 0) }
    var start = 0
    return classes
      + source.factors.map { factor in
        defer { start += factor.size }
        return LabelledFactor(factor.name, .numbers(matrix(numbers.map { Array($0[start..<start + factor.size]) })))
      }
  }

  private func matrix(_ rows: [[Float]]) -> HostTensor {
    HostTensor([rows.count, rows[0].count], rows.flatMap { $0 })
  }

  // MARK: Scene discriminator

  private func sceneLeak<Source: LabelledSource>(
    training: (clips: [Source.Clip], poses: HostTensor), heldOut: (clips: [Source.Clip], poses: HostTensor),
    of source: Source, upTo maxStep: Int
  ) throws -> SceneLeak {
    func pairs(_ clips: [Source.Clip], _ poses: HostTensor) throws -> (poses: SceneLeak.Pair, factors: SceneLeak.Pair) {
      let steps = clips.indices.map { sample in
        var random = CounterRandom(seed: seed, purpose: .probes, step: ProbeStep.pairs, sample: sample)
        return random.integer(in: 1...maxStep)
      }
      let others = try batches(clips).map {
        try extractor.pose(of: source.frames(of: Array(clips[$0]), at: Array(steps[$0])))
      }
      return (
        (poses, HostTensor(rows: others, of: [extractor.model.sizes.poseDim])),
        (
          matrix(clips.map { source.factors(of: $0, frame: 0) }),
          matrix(zip(clips, steps).map { source.factors(of: $0, frame: $1) })
        )
      )
    }
    let (known, asked) = (try pairs(training.clips, training.poses), try pairs(heldOut.clips, heldOut.poses))
    return SceneLeak(
      poses: (known.poses, asked.poses), factors: (known.factors, asked.factors), maxStep: maxStep, seed: seed)
  }

  // MARK: Swap

  /// Each clip's content with the pose of the clip after it.
  private func swap<Source: FactorSource>(
    _ source: Source, poses: HostTensor, into evaluation: inout Evaluation
  ) throws {
    let clips = try clips(of: source, .heldOut)
    let others = clips.indices.map { clips[($0 + 1) % clips.count] }
    let otherPoses = HostTensor(
      rows: [poses.rows(1..<clips.count), poses.rows(0..<1)], of: [extractor.model.sizes.poseDim])
    var (quality, black) = (FrameQuality(), FrameQuality())
    for range in batches(clips) {
      let arrangements = zip(clips[range], others[range]).map { $0.arrangements(on: $1) }
      let decoded = try extractor.decode(
        contentOf: source.frames(of: Array(clips[range]), at: 0), pose: otherPoses.rows(range))
      let composites = try arrangements[0].indices.map { place in
        try source.frames(of: arrangements.map { $0[place] }, at: 1)
      }
      quality.add(decoded, bestOf: composites)
      black.add(HostTensor(decoded.shape), bestOf: composites)
    }
    evaluation.swapPSNR = quality.meanPSNR
    evaluation.swapSSIM = quality.meanSSIM
    evaluation.swapMSE = quality.meanSquaredError
    evaluation.swapSharpness = quality.sharpness
    evaluation.swapLoss = evaluation.reconstructionPSNR - quality.meanPSNR
    evaluation.blackPSNR = black.meanPSNR
    evaluation.protocols["swap"] =
      "content of a clip's first frame and pose of the next clip's second, against the true image of both"
      + (clips[0].arrangements(on: clips[0]).count == 1
        ? "" : ", the best of all orders of the objects, which nothing tells")
  }
}

extension Evaluation {
  fileprivate mutating func add(_ readings: [FactorProbe]) {
    guard !readings.isEmpty else { return }
    probes = FactorProbes(readings)
    protocols["probes"] =
      "fitted on training clips, scored on held-out clips; features of the first frame, each dimension standardised with "
      + "mean and deviation of the training clips"
    for reading in readings { protocols[reading.kind.label] = reading.kind.method }
    protocols["chance"] = "the most frequent class, or the mean, of the training clips"
  }

  fileprivate mutating func add(_ scores: DisentanglementScores?) {
    guard let scores else { return }
    disentanglement = scores
    protocols.merge(DisentanglementScores.methods) { $1 }
  }

  fileprivate mutating func add(_ leak: SceneLeak) {
    sceneLeak = leak
    protocols["fresh scene discriminator"] = leak.method
  }
}

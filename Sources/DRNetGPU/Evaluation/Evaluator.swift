import TensorEngine

/// Measures what a model has learned, on the held-out clips of any source.
///
/// Protocol: features are those of the first frame of each clip, with running statistics in batch norm. If classes or
/// the changing factor are known, linear ridge probes (lambda 1e-3) are fitted on training clips and tested on held-out
/// ones. Reconstruction decodes the content of frame 0 with the pose of frame 1 and compares with frame 1. If the true
/// frame is known, swap decodes the content of one clip with the pose of another and compares with the true frame.
public struct Evaluator {
  /// Encodes and decodes frames with the model.
  public let extractor: FeatureExtractor
  /// Clips that the probes are fitted on.
  public var trainingClips = 4000
  /// Held-out clips that everything is measured on.
  public var heldOutClips = 1000
  /// Seed of the clips; the same seed gives the same clips for every model.
  public var seed: UInt64 = 7

  /// An evaluator of the extractor's model.
  public init(_ extractor: FeatureExtractor) { self.extractor = extractor }

  /// All measures but `PredictionQuality` that the source allows.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public func evaluate<Source: ClipSource>(_ source: Source) throws -> Evaluation {
    let heldOut = try clips(of: source, .heldOut)
    let frames = try reconstruct(heldOut, of: source)
    var evaluation = Evaluation(
      reconstructionPSNR: mean(frames.psnr), reconstructionSSIM: mean(frames.ssim), heldOutClips: heldOutClips,
      heldOutSet: source.clipCount(.heldOut), seed: seed)
    if let known = source as? any LabelledSource { try probe(known, frames.first, into: &evaluation) }
    if let moving = source as? any FactorSource { try swap(moving, poses: frames.secondPoses, into: &evaluation) }
    return evaluation
  }

  /// Frames of this many clips are held at once: as many as the extractor processes in one pass.
  private static let batch = 100

  private func clips<Source: ClipSource>(of source: Source, _ split: Split) throws -> [Source.Clip] {
    try source.clips(
      step: split == .training ? 0 : 1, size: split == .training ? trainingClips : heldOutClips, length: 2,
      split: split, seed: seed, purpose: .probes)
  }

  private func batches<Element>(_ elements: [Element]) -> [Range<Int>] {
    stride(from: 0, to: elements.count, by: Self.batch).map { $0..<min($0 + Self.batch, elements.count) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  // MARK: Reconstruction

  /// Content and pose of clips, one row per clip.
  private typealias Features = (content: HostTensor, pose: HostTensor)

  private func reconstruct<Source: ClipSource>(
    _ clips: [Source.Clip], of source: Source
  ) throws -> (psnr: [Double], ssim: [Double], first: Features, secondPoses: HostTensor) {
    var (psnr, ssim): ([Double], [Double]) = ([], [])
    var first: [Features] = []
    var secondPoses: [HostTensor] = []
    for range in batches(clips) {
      let part = Array(clips[range])
      let (contents, truth) = (try source.frames(of: part, at: 0), try source.frames(of: part, at: 1))
      first.append(try extractor.encode(contents))
      let pose = try extractor.pose(of: truth)
      secondPoses.append(pose)
      let decoded = try extractor.decode(contentOf: contents, pose: pose)
      psnr += peakSignalsToNoise(decoded, truth)
      ssim += structuralSimilarities(decoded, truth)
    }
    return (psnr, ssim, stack(first), HostTensor(rows: secondPoses, of: [extractor.model.sizes.poseDim]))
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
    guard !source.classNames.isEmpty || source.factorName != nil else { return }
    let training = try clips(of: source, .training)
    let heldOut = try clips(of: source, .heldOut)
    let fitted = try stack(
      batches(training).map { try extractor.encode(source.frames(of: Array(training[$0]), at: 0)) })
    evaluation.trainingClips = trainingClips

    let classes = source.classNames.count
    if classes > 0 {
      let (known, asked) = (training.map(source.labels), heldOut.map(source.labels))
      func classAccuracy(_ fitted: HostTensor, _ tested: HostTensor) -> Double {
        mean(
          known[0].indices.map { object in
            let targets = known.flatMap { labels in (0..<classes).map { $0 == labels[object] ? Float(1) : 0 } }
            let probe = RidgeProbe(features: fitted, targets: HostTensor([known.count, classes], targets))
            return accuracy(scores: probe.predict(tested), labels: asked.map { $0[object] })
          })
      }
      evaluation.contentClassAccuracy = classAccuracy(fitted.content, tested.content)
      evaluation.poseClassAccuracy = classAccuracy(fitted.pose, tested.pose)
      evaluation.classChance = 1 / Double(classes)
    }

    if let factorName = source.factorName {
      func factors(_ clips: [Source.Clip]) -> HostTensor {
        let rows = clips.map { source.factors(of: $0, frame: 0) }
        return HostTensor([rows.count, rows[0].count], rows.flatMap { $0 })
      }
      let (known, asked) = (factors(training), factors(heldOut))
      /// R^2; nil if the factor does not vary.
      func share(_ fitted: HostTensor, _ tested: HostTensor) -> Double? {
        let share = determination(
          predicted: RidgeProbe(features: fitted, targets: known).predict(tested), actual: asked)
        return share.isFinite ? share : nil
      }
      evaluation.factorName = factorName
      evaluation.poseFactorR2 = share(fitted.pose, tested.pose)
      evaluation.contentFactorR2 = share(fitted.content, tested.content)
    }
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
    var (swapped, black): ([Double], [Double]) = ([], [])
    for range in batches(clips) {
      let composites = try source.frames(of: zip(clips[range], others[range]).map { $0.placed(on: $1) }, at: 1)
      let decoded = try extractor.decode(
        contentOf: source.frames(of: Array(clips[range]), at: 0), pose: otherPoses.rows(range))
      swapped += peakSignalsToNoise(decoded, composites)
      black += peakSignalsToNoise(HostTensor(composites.shape), composites)
    }
    evaluation.swapPSNR = mean(swapped)
    evaluation.blackPSNR = mean(black)
  }
}

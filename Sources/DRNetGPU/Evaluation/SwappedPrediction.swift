import TensorEngine

/// The poses that are predicted for clips of moving objects, with the content of other clips: against the others' objects on
/// the clips' true paths. If nothing tells which object is which, the order counts that is best over all frames (Donà et al.,
/// *PDE-Driven Spatiotemporal Disentanglement*, ICLR 2021).
struct SwappedPrediction<Source: ClipSource> {
  /// A measure, by order of the objects, frame and clip.
  private typealias Measures = [[[Double]]]

  private let source: Source
  private let extractor: FeatureExtractor
  private let content: FeatureExtractor.Content
  /// By order of the objects, then by clip.
  private let composites: [[Source.Clip]]
  private var (psnr, ssim): (Measures, Measures)

  /// - Parameters:
  ///   - clips: the clips that are predicted.
  ///   - others: as many clips whose content is taken.
  ///   - last: the last observed frame, which shows the content.
  ///   - source: where the clips are from; nil is returned unless they are of moving objects.
  ///   - extractor: the model.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  init?(
    _ clips: [Source.Clip], contentOf others: [Source.Clip], at last: Int, of source: Source,
    by extractor: FeatureExtractor
  ) throws {
    guard let clips = clips as? [MovingClip], let moving = others as? [MovingClip] else { return nil }
    let orders = zip(moving, clips).map { $0.arrangements(on: $1) }
    composites = orders[0].indices.map { order in orders.map { $0[order] as! Source.Clip } }
    (self.source, self.extractor) = (source, extractor)
    content = try extractor.content(of: source.frames(of: others, at: last))
    psnr = composites.map { _ in [] }
    ssim = psnr
  }

  /// Adds the next frame.
  /// - Parameters:
  ///   - pose: the predicted poses, (N, pose).
  ///   - index: the frame of the clips.
  mutating func add(_ pose: HostTensor, at index: Int) throws {
    let decoded = try extractor.decode(content, pose: pose)
    for (order, clips) in composites.enumerated() {
      let truth = try source.frames(of: clips, at: index)
      psnr[order].append(peakSignalsToNoise(decoded, truth))
      ssim[order].append(structuralSimilarities(decoded, truth))
    }
  }

  /// Sums over clips, by frame.
  var sums: (psnr: [Double], ssim: [Double]) { (Self.bestSums(psnr), Self.bestSums(ssim)) }

  private static func bestSums(_ measures: Measures) -> [Double] {
    let frames = measures[0].indices
    var sums = frames.map { _ in 0.0 }
    for clip in measures[0][0].indices {
      func total(_ order: [[Double]]) -> Double { order.reduce(0) { $0 + $1[clip] } }
      let best = measures.max { total($0) < total($1) }!
      for frame in frames { sums[frame] += best[frame][clip] }
    }
    return sums
  }
}

import Foundation
import TensorEngine

/// How well a model predicts held-out clips, frame by frame, compared with a copy of the last observed frame, and with
/// constant velocity if the true positions are known.
///
/// Protocol: the model observes the first frames of each clip and then runs freely, on its own poses. Only predicted
/// frames count. Each measure is the mean over clips; there is one prediction per clip, not the best of several.
/// Measures by predicted frame begin with the first.
public struct PredictionQuality: Codable, Equatable, Sendable {
  /// Frames observed.
  public var observed: Int
  /// Frames predicted after them.
  public var predicted: Int
  /// Held-out clips that were predicted.
  public var clips: Int
  /// Number of different clips from which these were drawn, each from a random frame on; nil if every draw makes a new
  /// clip.
  public var heldOutSet: Int?
  /// PSNR in dB, by predicted frame.
  public var psnr: [Double] = []
  /// SSIM, by predicted frame.
  public var ssim: [Double] = []
  /// PSNR in dB of the last observed frame in place of each prediction.
  public var copyPSNR: [Double] = []
  /// SSIM of the last observed frame in place of each prediction.
  public var copySSIM: [Double] = []
  /// PSNR in dB of the true objects at constant velocity, see `MovingClip.extrapolated(after:)`; nil if positions are not
  /// known, or if one frame was observed.
  public var velocityPSNR: [Double]?
  /// SSIM of the same frames.
  public var velocitySSIM: [Double]?
  /// Distance in pixels of the object's centre, see `intensityCentres`, from the true one, by predicted frame; nil unless
  /// a clip is one moving object.
  public var positionError: [Double]?
  /// The same distance for the last observed frame.
  public var copyPositionError: [Double]?
  /// The same distance for the true object at constant velocity.
  public var velocityPositionError: [Double]?
  /// PSNR in dB of the predicted poses with another clip's content, by predicted frame, of the first ten: `SwappedPrediction`;
  /// nil unless clips are of moving objects, and in older files.
  public var swapPSNR: [Double]?
  /// SSIM of the same frames.
  public var swapSSIM: [Double]?
  /// Mean gradient magnitude of predicted frames as a share of that of the true frames, by predicted frame; nil if true
  /// frames have no gradient, and in older files.
  public var sharpness: [Double]?
  /// Standard deviation over clips of predicted poses, as a root mean square over dimensions, as a share of its mean over
  /// the first ten predicted frames; by predicted frame. nil if that is 0, and in older files.
  public var relativePoseSpread: [Double]?
  /// Predictions per clip; the best one counts.
  public var bestOf = 1

  /// Predicted frames whose spread of poses is that with which later ones are compared, and which are swapped.
  static let beginning = 10
  /// Frames of this many clips are held at once.
  private static let batch = 32

  /// Predicts held-out clips and compares them with the truth.
  /// - Parameters:
  ///   - prediction: the model and its pose LSTM.
  ///   - source: the clips.
  ///   - observed: frames to observe.
  ///   - predicted: frames to predict after them.
  ///   - count: number of clips.
  ///   - seed: seed of the clips; the same seed gives the same clips for every model.
  /// - Throws: what the clip source throws; `AllocationError` if memory runs out; `DeviceError` if the device fails.
  public init<Source: ClipSource>(
    of prediction: PosePrediction, on source: Source, observed: Int, predicted: Int, clips count: Int, seed: UInt64
  ) throws {
    self.observed = observed
    self.predicted = predicted
    clips = count
    heldOutSet = source.clipCount(.heldOut)
    let clips = try source.predictedClips(count, length: observed + predicted, seed: seed)
    let objects = (source as? any FactorSource)?.objects
    let hasVelocity = objects != nil && observed > 1
    var (model, copy, velocity) = (Sums(predicted), Sums(predicted), Sums(predicted))
    var poses = [[HostTensor]](repeating: [], count: predicted)
    var swapped = (psnr: [Double](repeating: 0, count: min(predicted, Self.beginning)), ssim: [Double]())
    swapped.ssim = swapped.psnr
    for start in stride(from: 0, to: count, by: Self.batch) {
      let part = Array(clips[start..<min(start + Self.batch, count)])
      let seen = try (0..<observed).map { try source.frames(of: part, at: $0) }
      let extrapolated = hasVelocity ? source.extrapolated(part, after: observed - 1) : nil
      let others = part.indices.map { clips[(start + $0 + 1) % count] }
      var swap = try SwappedPrediction(
        part, contentOf: others, at: observed - 1, of: source, by: prediction.extractor)
      var index = 0
      try prediction.predict(observed: seen, count: predicted) { frames, pose in
        let truth = try source.frames(of: part, at: observed + index)
        model.add(frames, truth, at: index)
        copy.add(seen[observed - 1], truth, at: index)
        if let extrapolated {
          velocity.add(try source.frames(of: extrapolated, at: observed + index), truth, at: index)
        }
        if index < Self.beginning { try swap?.add(pose, at: observed + index) }
        poses[index].append(pose)
        index += 1
      }
      if let sums = swap?.sums {
        swapped.psnr = zip(swapped.psnr, sums.psnr).map(+)
        swapped.ssim = zip(swapped.ssim, sums.ssim).map(+)
      }
    }
    func means(_ sums: [Double]) -> [Double] { sums.map { $0 / Double(count) } }
    psnr = means(model.psnr)
    ssim = means(model.ssim)
    copyPSNR = means(copy.psnr)
    copySSIM = means(copy.ssim)
    if hasVelocity {
      velocityPSNR = means(velocity.psnr)
      velocitySSIM = means(velocity.ssim)
    }
    if objects != nil {
      swapPSNR = means(swapped.psnr)
      swapSSIM = means(swapped.ssim)
    }
    if objects == 1 {
      positionError = means(model.distance)
      copyPositionError = means(copy.distance)
      if hasVelocity { velocityPositionError = means(velocity.distance) }
    }
    if model.trueGradient.allSatisfy({ $0 > 0 }) {
      sharpness = zip(model.gradient, model.trueGradient).map { $0 / $1 }
    }
    let spread = poses.map { FeatureSpread.acrossClips(HostTensor(rows: $0, of: [$0[0].shape[1]])) }
    let first = spread.prefix(Self.beginning)
    let beginning = first.reduce(0, +) / Double(first.count)
    if beginning > 0 { relativePoseSpread = spread.map { $0 / beginning } }
  }

  /// Over clips, by predicted frame.
  private struct Sums {
    var psnr: [Double]
    var ssim: [Double]
    var distance: [Double]
    var gradient: [Double]
    var trueGradient: [Double]

    init(_ predicted: Int) {
      psnr = [Double](repeating: 0, count: predicted)
      (ssim, distance, gradient, trueGradient) = (psnr, psnr, psnr, psnr)
    }

    mutating func add(_ frames: HostTensor, _ truth: HostTensor, at index: Int) {
      psnr[index] += peakSignalsToNoise(frames, truth).reduce(0, +)
      ssim[index] += structuralSimilarities(frames, truth).reduce(0, +)
      for (found, expected) in zip(intensityCentres(frames), intensityCentres(truth)) {
        distance[index] += hypot(found.y - expected.y, found.x - expected.x)
      }
      gradient[index] += gradientMagnitudes(frames).reduce(0, +)
      trueGradient[index] += gradientMagnitudes(truth).reduce(0, +)
    }
  }
}

extension LabelledSource {
  /// Held-out clips, no two of them the same; nil if there are not so many.
  fileprivate func differentPredictedClips(_ count: Int, length: Int, seed: UInt64) throws -> [Clip]? {
    guard let available = clipCount(.heldOut), count <= available else { return nil }
    return try differentClips(
      step: ProbeStep.predictedClips, size: count, length: length, split: .heldOut, seed: seed, purpose: .probes)
  }
}

extension ClipSource {
  /// Held-out clips of which no two are the same, if it is known how to draw them and there are enough.
  fileprivate func predictedClips(_ count: Int, length: Int, seed: UInt64) throws -> [Clip] {
    let different = try (self as? any LabelledSource)?.differentPredictedClips(count, length: length, seed: seed)
    return try different as? [Clip]
      ?? clips(
        step: ProbeStep.predictedClips, size: count, length: length, split: .heldOut, seed: seed, purpose: .probes)
  }

  /// `MovingClip.extrapolated(after:)` of each clip; nil unless these are clips of moving objects.
  fileprivate func extrapolated(_ clips: [Clip], after last: Int) -> [Clip]? {
    (clips as? [MovingClip])?.map { $0.extrapolated(after: last) } as? [Clip]
  }
}

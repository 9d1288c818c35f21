import Foundation

/// What a model has learnt, measured on moving objects whose factors are known.
///
/// Protocol: features of the first frame of each clip, with frozen statistics. Linear ridge probes (lambda 1e-3) are
/// fitted on training clips and tested on held-out ones. Reconstruction decodes the content of frame 0 with the pose of
/// frame 1 against frame 1; swap decodes the content of one clip with the pose of another against the true composite.
public struct Evaluation: Codable, Equatable, Sendable {
  /// Held-out accuracy of a class probe on h_c; `classChance` is what guessing gives.
  public var contentClassAccuracy: Double?
  public var poseClassAccuracy: Double?
  public var classChance: Double?
  /// Held-out R^2 of a position probe on h_p and on h_c; 0 is what guessing the mean gives.
  public var posePositionR2: Double
  public var contentPositionR2: Double
  /// dB, mean over frames.
  public var reconstructionPSNR: Double
  public var swapPSNR: Double
  /// An all-black frame against the same composites.
  public var blackPSNR: Double
  public var trainingClips: Int
  public var heldOutClips: Int
  public var seed: UInt64
  /// Steps and frames that the model was trained on.
  public var step = 0
  public var frames = 0

  /// - Parameter seed: of the clips; the same seed gives the same clips whatever the model.
  public init<Source: FactorSource>(
    _ extractor: FeatureExtractor, on source: Source, trainingClips: Int = 4000, heldOutClips: Int = 1000,
    seed: UInt64 = 7
  ) throws {
    func clips(_ split: Split, _ count: Int) throws -> [MovingClip] {
      try source.clips(
        step: split == .training ? 0 : 1, size: count, length: 2, split: split, seed: seed, purpose: .probes)
    }
    let training = try clips(.training, trainingClips)
    let heldOut = try clips(.heldOut, heldOutClips)
    let fitted = try extractor.encode(source.frames(of: training, at: 0))
    let contents = try source.frames(of: heldOut, at: 0)
    let first = try extractor.encode(contents)
    let truth = try source.frames(of: heldOut, at: 1)
    let second = try extractor.encode(truth)

    let classes = source.classNames.count
    if classes > 0 {
      func classAccuracy(_ features: (HostTensor, HostTensor)) -> Double {
        let perObject = (0..<source.objects).map { object in
          let targets = training.flatMap { clip in (0..<classes).map { $0 == clip.labels[object] ? Float(1) : 0 } }
          let probe = RidgeProbe(features: features.0, targets: HostTensor([training.count, classes], targets))
          return accuracy(scores: probe.predict(features.1), labels: heldOut.map { $0.labels[object] })
        }
        return perObject.reduce(0, +) / Double(perObject.count)
      }
      contentClassAccuracy = classAccuracy((fitted.content, first.content))
      poseClassAccuracy = classAccuracy((fitted.pose, first.pose))
      classChance = 1 / Double(classes)
    }

    func positions(_ clips: [MovingClip]) -> HostTensor {
      HostTensor(
        [clips.count, 2 * source.objects],
        clips.flatMap { $0.positions[0].flatMap { [Float($0.y), Float($0.x)] } })
    }
    func positionR2(_ features: (HostTensor, HostTensor)) -> Double {
      let probe = RidgeProbe(features: features.0, targets: positions(training))
      return determination(predicted: probe.predict(features.1), actual: positions(heldOut))
    }
    posePositionR2 = positionR2((fitted.pose, first.pose))
    contentPositionR2 = positionR2((fitted.content, first.content))

    reconstructionPSNR = peakSignalToNoise(
      try extractor.decode(contentOf: contents, pose: second.pose), truth)
    let others = heldOut.indices.map { heldOut[($0 + 1) % heldOut.count] }
    let composites = try source.frames(of: zip(heldOut, others).map { $0.placed(on: $1) }, at: 1)
    let otherPoses = HostTensor(
      rows: [second.pose.rows(1..<heldOut.count), second.pose.rows(0..<1)], of: [second.pose.shape[1]])
    swapPSNR = peakSignalToNoise(try extractor.decode(contentOf: contents, pose: otherPoses), composites)
    blackPSNR = peakSignalToNoise(HostTensor(composites.shape), composites)
    self.trainingClips = trainingClips
    self.heldOutClips = heldOutClips
    self.seed = seed
  }

  /// Rows of (what, from content, from pose, without looking), for a terminal or a page.
  public var table: [[String]] {
    func number(_ value: Double?, _ digits: Int = 2) -> String {
      guard let value else { return "-" }
      return String(format: "%.\(digits)f", value)
    }
    return [
      ["", "from content h_c", "from pose h_p", "chance"],
      ["class, accuracy", number(contentClassAccuracy), number(poseClassAccuracy), number(classChance)],
      ["position, R2", number(contentPositionR2), number(posePositionR2), "0.00"],
      ["reconstruction, PSNR dB", number(reconstructionPSNR, 1), "", ""],
      ["swap, PSNR dB", number(swapPSNR, 1), "", number(blackPSNR, 1) + " (black)"],
    ]
  }
}

import Foundation

/// The results of evaluating a model, as stored in `evaluation.json`. `Evaluator` documents how they are measured.
public struct Evaluation: Codable, Equatable, Sendable {
  /// Held-out accuracy of a class probe on content h_c; nil without classes.
  public var contentClassAccuracy: Double?
  /// Held-out accuracy of a class probe on pose h_p; nil without classes.
  public var poseClassAccuracy: Double?
  /// Accuracy of guessing the class; nil without classes.
  public var classChance: Double?
  /// The factor that changes within a clip, such as position or azimuth; nil if it is not known.
  public var factorName: String?
  /// Held-out R^2 of a probe of this factor on pose h_p; 0 is the result of guessing the mean. Nil if the factor is not
  /// known, or is the same in all clips.
  public var poseFactorR2: Double?
  /// The same for a probe on content h_c.
  public var contentFactorR2: Double?
  /// PSNR of reconstructed frames in dB, mean over frames.
  public var reconstructionPSNR: Double
  /// SSIM of reconstructed frames, mean over frames.
  public var reconstructionSSIM: Double?
  /// PSNR in dB of frames with the content of one clip and the pose of another, mean over frames; nil if the true frame
  /// is not known.
  public var swapPSNR: Double?
  /// PSNR in dB of an all-black frame against the same true frames.
  public var blackPSNR: Double?
  /// Quality of predicted frames; nil before a pose LSTM is trained.
  public var prediction: PredictionQuality?
  /// Clips that the probes were fitted on; nil if there was nothing to fit.
  public var trainingClips: Int?
  /// Held-out clips that were drawn for the evaluation.
  public var heldOutClips: Int
  /// Number of different clips from which these were drawn, each from a random frame on; nil if every draw makes a new
  /// clip.
  public var heldOutSet: Int?
  /// Seed of the clips.
  public var seed: UInt64
  /// Which of the run's weights were measured; nil in files of earlier builds.
  public var weights: ModelWeights?
  /// Steps that the model was trained for.
  public var step = 0
  /// Frames that the model was trained on: steps times batch size.
  public var frames = 0

  /// A header, then rows of (measure, from content, from pose, chance), for a terminal or a page.
  public var table: [[String]] {
    func number(_ value: Double?, _ digits: Int = 2) -> String {
      guard let value else { return "-" }
      return String(format: "%.\(digits)f", value)
    }
    var probes: [[String]] = []
    if classChance != nil {
      probes.append(
        ["class, accuracy", number(contentClassAccuracy), number(poseClassAccuracy), number(classChance)])
    }
    if let factorName, poseFactorR2 != nil || contentFactorR2 != nil {
      probes.append(["\(factorName), R2", number(contentFactorR2), number(poseFactorR2), "0.00"])
    }
    var frames = [["reconstruction, PSNR dB", number(reconstructionPSNR, 1), "", ""]]
    if let reconstructionSSIM { frames.append(["reconstruction, SSIM", number(reconstructionSSIM, 3), "", ""]) }
    if let swapPSNR { frames.append(["swap, PSNR dB", number(swapPSNR, 1), "", number(blackPSNR, 1) + " (black)"]) }
    if probes.isEmpty { return [["", "mean"]] + frames.map { Array($0.prefix(2)) } }
    return [["", "from content h_c", "from pose h_p", "chance"]] + probes + frames
  }

  /// How the numbers of `table` were measured, in one line.
  public var setting: String {
    let drawn = heldOutSet.map { " drawn from \($0)" } ?? ""
    let fitted = trainingClips.map { "probes fitted on \($0) training clips, " } ?? ""
    let used = weights.map { ", \($0.adjective) weights" } ?? ""
    return "\(frames) frames trained\(used); \(fitted)measured on \(heldOutClips) held-out clips\(drawn), seed \(seed)"
  }
}

extension Evaluation {
  /// Keys of the R^2 in older files, in which position was the only factor and its name was not stored.
  private enum FormerKeys: CodingKey { case posePositionR2, contentPositionR2 }

  /// Decodes the current keys and those of older files.
  /// - Throws: `DecodingError` if a value is missing or has another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let former = try decoder.container(keyedBy: FormerKeys.self)
    poseFactorR2 =
      try values.decodeIfPresent(Double.self, forKey: .poseFactorR2)
      ?? former.decodeIfPresent(Double.self, forKey: .posePositionR2)
    contentFactorR2 =
      try values.decodeIfPresent(Double.self, forKey: .contentFactorR2)
      ?? former.decodeIfPresent(Double.self, forKey: .contentPositionR2)
    let isMeasured = poseFactorR2 != nil || contentFactorR2 != nil
    factorName = try values.decodeIfPresent(String.self, forKey: .factorName) ?? (isMeasured ? "position" : nil)
    contentClassAccuracy = try values.decodeIfPresent(Double.self, forKey: .contentClassAccuracy)
    poseClassAccuracy = try values.decodeIfPresent(Double.self, forKey: .poseClassAccuracy)
    classChance = try values.decodeIfPresent(Double.self, forKey: .classChance)
    reconstructionPSNR = try values.decode(Double.self, forKey: .reconstructionPSNR)
    reconstructionSSIM = try values.decodeIfPresent(Double.self, forKey: .reconstructionSSIM)
    swapPSNR = try values.decodeIfPresent(Double.self, forKey: .swapPSNR)
    blackPSNR = try values.decodeIfPresent(Double.self, forKey: .blackPSNR)
    prediction = try values.decodeIfPresent(PredictionQuality.self, forKey: .prediction)
    trainingClips = try values.decodeIfPresent(Int.self, forKey: .trainingClips)
    heldOutClips = try values.decode(Int.self, forKey: .heldOutClips)
    heldOutSet = try values.decodeIfPresent(Int.self, forKey: .heldOutSet)
    seed = try values.decode(UInt64.self, forKey: .seed)
    weights = try values.decodeIfPresent(ModelWeights.self, forKey: .weights)
    step = try values.decode(Int.self, forKey: .step)
    frames = try values.decode(Int.self, forKey: .frames)
  }
}

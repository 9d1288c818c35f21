import Foundation

/// What a model has learnt, as `evaluation.json` holds it. `Evaluator` says how it is measured.
public struct Evaluation: Codable, Equatable, Sendable {
  /// Held-out accuracy of a class probe on h_c and on h_p; `classChance` is what guessing gives. Nil without classes.
  public var contentClassAccuracy: Double?
  public var poseClassAccuracy: Double?
  public var classChance: Double?
  /// The factor that changes within a clip, such as position or azimuth; nil if it is not known.
  public var factorName: String?
  /// Held-out R^2 of a probe of this factor on h_p and on h_c; 0 is what guessing the mean gives. Nil if the factor is not
  /// known, or is the same in all clips.
  public var poseFactorR2: Double?
  public var contentFactorR2: Double?
  /// Mean over frames, in dB.
  public var reconstructionPSNR: Double
  public var reconstructionSSIM: Double?
  /// Nil where the true composite of two clips is not known.
  public var swapPSNR: Double?
  /// An all-black frame against the same composites.
  public var blackPSNR: Double?
  /// Nil before a pose LSTM is trained.
  public var prediction: PredictionQuality?
  /// Clips that the probes were fitted on; nil where there was nothing to fit.
  public var trainingClips: Int?
  /// Clips drawn to measure on.
  public var heldOutClips: Int
  /// Different clips that these were drawn from, each from a random frame on; nil where every draw makes a new one.
  public var heldOutSet: Int?
  public var seed: UInt64
  /// Steps and frames that the model was trained on.
  public var step = 0
  public var frames = 0

  /// Rows of (what, from content, from pose, without looking), for a terminal or a page, with a header.
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
    return "\(frames) frames trained; \(fitted)measured on \(heldOutClips) held-out clips\(drawn), seed \(seed)"
  }
}

extension Evaluation {
  /// The names that the R^2 had when position was the only factor, whose name was not stored.
  private enum FormerKeys: CodingKey { case posePositionR2, contentPositionR2 }

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
    step = try values.decode(Int.self, forKey: .step)
    frames = try values.decode(Int.self, forKey: .frames)
  }
}

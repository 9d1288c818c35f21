import Foundation

/// The results of evaluating a model, as stored in `evaluation.json`. `Evaluator` documents how they are measured.
public struct Evaluation: Codable, Equatable, Sendable {
  /// What probes read from content and from pose; empty without labels.
  public var probes = FactorProbes()
  /// What a fresh scene discriminator finds in the pose; nil if the factor that changes within a clip is not known.
  public var sceneLeak: SceneLeak?
  /// How far content varies over held-out clips; nil in earlier files.
  public var contentVariation: FeatureVariation?
  /// How far pose varies over held-out clips; nil in earlier files.
  public var poseVariation: FeatureVariation?
  /// MIG, SAP and DCI; nil without labels.
  public var disentanglement: DisentanglementScores?
  /// PSNR of reconstructed frames in dB, mean over frames.
  public var reconstructionPSNR: Double
  /// SSIM of reconstructed frames, mean over frames.
  public var reconstructionSSIM: Double?
  /// Squared error per pixel of reconstructed frames, mean over frames; nil in earlier files, as the other two.
  public var reconstructionMSE: Double?
  /// Mean gradient magnitude of reconstructed frames as a share of that of the true ones; nil if these have no gradient, and
  /// in earlier files, as the other two.
  public var reconstructionSharpness: Double?
  /// PSNR of reconstructed frames of training clips: far above `reconstructionPSNR` if the model has learnt these by heart.
  /// Nil in earlier files.
  public var trainingReconstructionPSNR: Double?
  /// SSIM of the same frames.
  public var trainingReconstructionSSIM: Double?
  /// Squared error per pixel of the same frames.
  public var trainingReconstructionMSE: Double?
  /// Sharpness of the same frames.
  public var trainingReconstructionSharpness: Double?
  /// PSNR in dB of frames with the content of one clip and the pose of another, mean over frames; nil if the true frame
  /// is not known.
  public var swapPSNR: Double?
  /// SSIM of the same frames.
  public var swapSSIM: Double?
  /// Squared error per pixel of the same frames.
  public var swapMSE: Double?
  /// Sharpness of the same frames.
  public var swapSharpness: Double?
  /// PSNR of reconstructions less that of swaps, in dB: what is lost if content and pose are from two clips. Nil without
  /// swaps.
  public var swapLoss: Double?
  /// PSNR in dB of an all-black frame against the same true frames.
  public var blackPSNR: Double?
  /// Quality of predicted frames; nil before a pose LSTM is trained.
  public var prediction: PredictionQuality?
  /// Why nothing was predicted, and what to do; nil if something was, and in earlier files.
  public var reasonWithoutPrediction: String?
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
  /// How each measure was taken, by its name in the tables; empty in earlier files.
  public var protocols: [String: String] = [:]

  /// With fewer different held-out clips, features vary little and one clip decides a measure.
  private static let few = 20

  /// On how much the numbers were measured, in one line.
  public var setting: String {
    let drawn = heldOutSet.map { " drawn from \($0)" + ($0 < Self.few ? ", too few to speak for others" : "") } ?? ""
    let fitted = trainingClips.map { "probes fitted on \($0) training clips, " } ?? ""
    let used = weights.map { ", \($0.adjective) weights" } ?? ""
    return "\(frames) frames trained\(used); \(fitted)measured on \(heldOutClips) held-out clips\(drawn), seed \(seed)"
  }
}

extension Evaluation {
  /// Keys of earlier files, whose only probe was linear on features as they are. In the oldest ones position was the only
  /// factor, and its name was not stored.
  private enum FormerKeys: CodingKey {
    case contentClassAccuracy, poseClassAccuracy, classChance, factorName, contentFactorR2, poseFactorR2
    case contentPositionR2, posePositionR2
  }

  /// Decodes the current keys and those of earlier files.
  /// - Throws: `DecodingError` if a value is missing or has another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, as type: Value.Type = Value.self) throws -> Value? {
      try values.decodeIfPresent(type, forKey: key)
    }
    probes = try value(.probes) ?? FactorProbes(Self.formerProbes(decoder.container(keyedBy: FormerKeys.self)))
    sceneLeak = try value(.sceneLeak)
    contentVariation = try value(.contentVariation)
    poseVariation = try value(.poseVariation)
    disentanglement = try value(.disentanglement)
    let reconstruction = try values.decode(Double.self, forKey: .reconstructionPSNR)
    let swap: Double? = try value(.swapPSNR)
    (reconstructionPSNR, swapPSNR) = (reconstruction, swap)
    reconstructionSSIM = try value(.reconstructionSSIM)
    trainingReconstructionPSNR = try value(.trainingReconstructionPSNR)
    trainingReconstructionSSIM = try value(.trainingReconstructionSSIM)
    (reconstructionMSE, trainingReconstructionMSE) = (
      try value(.reconstructionMSE), try value(.trainingReconstructionMSE)
    )
    (reconstructionSharpness, trainingReconstructionSharpness, swapSharpness) = (
      try value(.reconstructionSharpness), try value(.trainingReconstructionSharpness), try value(.swapSharpness)
    )
    swapSSIM = try value(.swapSSIM)
    swapMSE = try value(.swapMSE)
    swapLoss = try value(.swapLoss) ?? swap.map { reconstruction - $0 }
    blackPSNR = try value(.blackPSNR)
    prediction = try value(.prediction)
    reasonWithoutPrediction = try value(.reasonWithoutPrediction)
    trainingClips = try value(.trainingClips)
    heldOutClips = try values.decode(Int.self, forKey: .heldOutClips)
    heldOutSet = try value(.heldOutSet)
    seed = try values.decode(UInt64.self, forKey: .seed)
    weights = try values.decodeIfPresent(ModelWeights.self, forKey: .weights)
    step = try values.decode(Int.self, forKey: .step)
    frames = try values.decode(Int.self, forKey: .frames)
    protocols = try value(.protocols) ?? [:]
  }

  private static func formerProbes(_ values: KeyedDecodingContainer<FormerKeys>) throws -> [FactorProbe] {
    func value(_ key: FormerKeys, _ earlier: FormerKeys? = nil) throws -> Double? {
      try values.decodeIfPresent(Double.self, forKey: key)
        ?? earlier.flatMap { try values.decodeIfPresent(Double.self, forKey: $0) }
    }
    func probe(
      _ factor: String, _ measure: FactorProbe.Measure, _ content: Double?, _ pose: Double?, chance: Double
    ) -> FactorProbe? {
      guard content != nil || pose != nil else { return nil }
      return FactorProbe(
        factor: factor, kind: .rawLinear, measure: measure, content: content, pose: pose, chance: chance)
    }
    return [
      probe(
        "class", .accuracy, try value(.contentClassAccuracy), try value(.poseClassAccuracy),
        chance: try value(.classChance) ?? 0),
      probe(
        try values.decodeIfPresent(String.self, forKey: .factorName) ?? "position", .determination,
        try value(.contentFactorR2, .contentPositionR2), try value(.poseFactorR2, .posePositionR2), chance: 0),
    ].compactMap { $0 }
  }
}

import Foundation

/// What a judge sees in decoded clips: what `drnet judge` measures, as stored in `judgement.json`.
public struct Judgement: Codable, Equatable, Sendable {
  /// What is judged, and against which clip's value.
  public enum Clips: String, Codable, CaseIterable, Sendable {
    /// The true clips, against their own values.
    case trueClips
    /// Their reconstructions, against their own values.
    case reconstructions
    /// The pose of one clip and the content of another, against the value of the pose's clip.
    case swapKeptFromPose
    /// The same, against the value of the content's clip.
    case swapKeptFromContent
    /// The pose of a clip and a sampled content, against the value of the pose's clip.
    case sampledContent

    /// As a row of a table is called.
    var label: String {
      switch self {
      case .trueClips: "true clips"
      case .reconstructions: "reconstructions"
      case .swapKeptFromPose: "swap, kept from the pose"
      case .swapKeptFromContent: "swap, kept from the content"
      case .sampledContent: "content sampled, kept from the pose"
      }
    }
  }

  /// The scores of one class on one kind of clips.
  public struct Reading: Codable, Equatable, Sendable {
    /// Name of the class.
    public var name: String
    /// What was judged.
    public var clips: Clips
    /// Of each repeat.
    public var scores: [JudgementScores]
    /// Clips of each repeat: as many of each value as the rarest has.
    public var count: Int
    /// The accuracy of a guess: 1 / the number of values that they have.
    public var chance: Double
  }

  /// By class and kind of clips.
  public var readings: [Reading]
  /// Values of classes that are left out, since few held-out clips have them; in one line each.
  public var rareValues: [String]
  /// Why no content was sampled, in one line; nil if it was.
  public var reasonWithoutSampledContent: String?
  /// The judge.
  public var judge: JudgeDescription
  /// Held-out clips that were decoded.
  public var heldOutClips: Int
  /// Training clips whose contents the gaussian was fitted to; nil if no content was sampled.
  public var gaussianClips: Int?
  /// Seed of the held-out clips and of the first repeat; the others have those that follow.
  public var seed: UInt64
  /// Which of the run's weights were used.
  public var weights: ModelWeights?
  /// Steps that the model was trained for.
  public var step = 0

  /// How it was measured, in one line.
  public var setting: String {
    "\(heldOutClips) held-out clips of \(judge.frames) frames, \(readings.first?.scores.count ?? 0) repeats from seed "
      + "\(seed) on, median (from to)" + (weights.map { "; \($0.adjective) weights of step \(step)" } ?? "")
  }

  /// What each row and each measure is, a line each.
  public var methods: [(name: String, text: String)] {
    var methods = [
      (
        "judge",
        "dcgan encoder, LSTM in both directions, two linear layers for each class; trained on true training clips, "
          + judge.summary
      ),
      ("reconstructions", "content of a clip's first frame, pose of each of its frames"),
      (
        "swap",
        "pose of each frame of a clip, content of the first frame of another random one; kept from the pose: the value of "
          + "the former, kept from the content: that of the latter"
      ),
    ]
    if let gaussianClips {
      methods.append(
        (
          "content sampled",
          "pose of each frame of a clip, content drawn from a gaussian with mean and covariance of the contents of "
            + "\(gaussianClips) training clips"
        ))
    }
    methods += [
      (
        "accuracy",
        "share of the clips that the judge gives this value, on as many clips of each value as the rarest has"
      ),
      ("IS", "exp of the mean KL(p(y|x) || p(y)); H(y|x): mean entropy of p(y|x); H(y): entropy of p(y), in nats"),
    ]
    return methods
  }

  /// What was left out, and why, a line each.
  public var leftOut: [String] {
    [judge.leftOut].compactMap { $0 } + rareValues + [reasonWithoutSampledContent].compactMap { $0 }
  }
}

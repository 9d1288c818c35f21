import Foundation

/// How well classes can be told from content, from pose and from pixels, by the number of labelled clips: what
/// `drnet classify` measures, as stored in `classification.json`.
public struct Classification: Codable, Equatable, Sendable {
  /// What a classifier sees of a clip.
  public enum Input: String, Codable, CaseIterable, Sendable {
    /// The mean of the frames' h_c.
    case content
    /// The h_p of the frames, one after the other.
    case pose
    /// The frames, reduced to 16 x 16 px, one after the other.
    case pixels
  }

  /// The accuracies of one classifier on one input.
  public struct Reading: Codable, Equatable, Sendable {
    /// Name of the class.
    public var name: String
    /// Labelled training clips.
    public var labelled: Int
    /// What the classifier sees.
    public var input: Input
    /// The classifier.
    public var kind: FactorProbe.Kind
    /// Share of held-out clips that are told right, for each draw of labelled clips.
    public var accuracies: [Double]
    /// The same for always naming the most frequent class of the labelled clips; median of the draws.
    public var chance: Double
  }

  /// By class, number of labels, classifier and input.
  public var readings: [Reading]
  /// Which classes were not measured, and why, in one line; nil if all were.
  public var leftOut: String?
  /// Frames of a clip that a classifier sees.
  public var frames: Int
  /// Held-out clips.
  public var heldOutClips: Int
  /// Number of clips that training clips were drawn from; nil if every draw makes a new clip.
  public var trainingSet: Int?
  /// Seed of the first draw.
  public var seed: UInt64
  /// Which of the run's weights were used.
  public var weights: ModelWeights?
  /// Steps that the model was trained for.
  public var step = 0

  /// How it was measured, in one line.
  public var setting: String {
    let drawn = trainingSet.map { " of \($0)" } ?? ""
    return "frames of each clip: \(frames); draws of labelled training clips\(drawn): "
      + "\(readings.first?.accuracies.count ?? 0), from seed \(seed) on; accuracy on \(heldOutClips) held-out clips as median "
      + "(from to)" + (weights.map { ", \($0.adjective) weights of step \(step)" } ?? "")
  }

  /// What each input and each classifier is, a line each.
  public static let methods = [
    "content": "mean of the frames' h_c", "pose": "h_p of the frames, one after the other",
    "pixels":
      "the frames reduced to \(ClassifiedClips.pixelSide) x \(ClassifiedClips.pixelSide) px, one after the other",
    "linear": RidgeProbe.method,
    "MLP": "\(PerceptronProbe.method); to \(Classifier.leastSteps) steps, if that is more",
  ]
}

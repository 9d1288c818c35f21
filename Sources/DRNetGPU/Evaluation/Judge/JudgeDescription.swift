/// What a judge tells, what it was trained on and how good it is, as stored in the metadata of its file.
public struct JudgeDescription: Codable, Equatable, Sendable {
  /// The classes that it tells, in the order of its heads, and their values.
  public var classes: [ClipClass]
  /// Which classes it does not tell, and why, in one line; nil if it tells all.
  public var leftOut: String?
  /// T, the consecutive frames of a clip that it sees.
  public var frames: Int
  /// Height and width of a frame in pixels.
  public var imageSize: Int
  /// Channels of a frame.
  public var channels: Int
  /// Filters of the encoder's first layer.
  public var width: Int
  /// What identifies the clips that it was trained on.
  public var clips: String
  /// Steps of its training.
  public var steps: Int
  /// Seed of its training.
  public var seed: UInt64
  /// For each class, the share of the held-out true clips that it tells right.
  public var accuracies: [Double] = []
  /// How many these were.
  public var heldOutClips = 0

  /// How good it is on true clips, in one line.
  public var summary: String {
    "right on \(heldOutClips) held-out true clips of \(frames) frames: "
      + zip(classes, accuracies).map { "\($0.name) \(percent($1))" }.joined(separator: ", ")
  }
}

/// A share as 99.95 %.
private func percent(_ share: Double) -> String { "\((share * 10_000).rounded() / 100) %" }

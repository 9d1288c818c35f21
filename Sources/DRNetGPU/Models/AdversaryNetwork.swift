import TensorEngine

/// The networks that can be the adversary of the pose encoder.
public enum AdversaryNetwork: String, CaseIterable, Codable, Sendable {
  /// `SceneDiscriminator`: that of the paper.
  case scene
  /// `ContentPredictor`.
  case content

  /// Frames of each clip that a training step takes: the scene discriminator's needs x_3 for another pose of the clip.
  public var framesPerClip: Int {
    switch self {
    case .scene: 4
    case .content: 3
    }
  }
}

/// The adversary of the pose encoder: it learns to find in poses what they must not tell.
public enum Adversary {
  /// Tells whether two poses come from the same clip.
  case scene(SceneDiscriminator)
  /// Predicts the content from the pose.
  case content(ContentPredictor)

  /// The network, and the prefix of its names in checkpoints.
  var network: (prefix: String, module: any Module) {
    switch self {
    case .scene(let discriminator): ("netC.", discriminator)
    case .content(let predictor): ("netCP.", predictor)
    }
  }

  /// The network that a file holds; that of the paper if it holds none.
  static func kind(in names: some Sequence<String>) -> AdversaryNetwork {
    names.contains { $0.hasPrefix("netCP.") } ? .content : .scene
  }
}

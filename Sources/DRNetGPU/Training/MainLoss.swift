/// The losses of the main model, in the order in which a step reports those that it has.
public enum MainLoss: String, CaseIterable, Sendable {
  /// Binary cross-entropy of the scene discriminator.
  case discriminator
  /// Share of pairs that the scene discriminator classifies correctly.
  case discriminatorAccuracy
  /// Mean squared error of the content predictor, on content standardised over the batch: 1 if poses tell nothing of it.
  case contentPrediction
  /// Mean squared error of the decoded frames.
  case reconstruction
  /// Mean absolute error of the differences of neighbouring pixels of the decoded frames, see `EdgeErrorForward`.
  case edges
  /// Mean squared error of two frames' content.
  case similarity
  /// InfoNCE between two frames' content.
  case contrast
  /// Mean square of what the content tells of the pose, see `CrossCovariance`.
  case crossCovariance
  /// What the pose encoder trains for, to tell the adversary nothing: the binary cross-entropy of the scene discriminator
  /// against 1/2, which it minimises, or the content predictor's loss after its step, which it maximises.
  case adversarial
}

extension MainLoss {
  /// The losses of a step.
  static func reported(by settings: DRNetTrainer.Settings, _ adversary: AdversaryNetwork) -> [MainLoss] {
    let ofAdversary: [MainLoss] =
      switch adversary {
      case .scene: [.discriminator, .discriminatorAccuracy]
      case .content: [.contentPrediction]
      }
    let ofFrames: [MainLoss] = settings.edges > 0 ? [.reconstruction, .edges] : [.reconstruction]
    return ofAdversary + ofFrames + [.similarity] + (settings.contrast > 0 ? [.contrast] : [])
      + (settings.crossCovariance.final > 0 ? [.crossCovariance] : []) + [.adversarial]
  }
}

extension StepLosses {
  /// A loss of a step of the main model; nil if the step has no such loss.
  public subscript(loss: MainLoss) -> Float? { names.firstIndex(of: loss.rawValue).map { values[$0] } }
}

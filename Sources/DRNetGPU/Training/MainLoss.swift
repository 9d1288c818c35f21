/// The losses of the main model, in the order in which `StepLosses.values` holds them.
public enum MainLoss: String, CaseIterable, Sendable {
  /// Binary cross-entropy of the scene discriminator.
  case discriminator
  /// Share of pairs that the scene discriminator classifies correctly.
  case discriminatorAccuracy
  /// Mean squared error of the decoded frames.
  case reconstruction
  /// Mean squared error of two frames' content.
  case similarity
  /// Binary cross-entropy of the scene discriminator against 1/2, which the pose encoder minimises.
  case adversarial
}

extension MainLoss {
  /// Means over steps.
  static func means(of steps: [StepLosses]) -> [MainLoss: Double] {
    let means = allCases.indices.map { index in
      steps.reduce(0) { $0 + Double($1.values[index]) } / Double(steps.count)
    }
    return Dictionary(uniqueKeysWithValues: zip(allCases, means))
  }
}

extension StepLosses {
  /// A loss of a step of the main model; the losses must come from a `DRNetTrainer`.
  public subscript(loss: MainLoss) -> Float { values[MainLoss.allCases.firstIndex(of: loss)!] }
}

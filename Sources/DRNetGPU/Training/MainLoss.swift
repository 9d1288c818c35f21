/// Losses of the main model, in the order in which trainers report them.
public enum MainLoss: String, CaseIterable, Sendable {
  case discriminator, discriminatorAccuracy, reconstruction, similarity, adversarial
}

extension MainLoss {
  /// Means over steps of the main model.
  static func means(of steps: [StepLosses]) -> [MainLoss: Double] {
    let means = allCases.indices.map { index in
      steps.reduce(0) { $0 + Double($1.values[index]) } / Double(steps.count)
    }
    return Dictionary(uniqueKeysWithValues: zip(allCases, means))
  }
}

extension StepLosses {
  /// A loss of a step of the main model.
  public subscript(loss: MainLoss) -> Float { values[MainLoss.allCases.firstIndex(of: loss)!] }
}

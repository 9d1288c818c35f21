/// Losses of the main model, in the order in which trainers report them.
public enum MainLoss: String, CaseIterable, Sendable {
  case discriminator, discriminatorAccuracy, reconstruction, similarity, adversarial
}

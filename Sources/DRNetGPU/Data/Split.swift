/// The parts of a data set.
public enum Split: String, CaseIterable, Sendable {
  /// Clips to train on.
  case training
  /// Clips to validate and evaluate on, which are never trained on.
  case heldOut
}

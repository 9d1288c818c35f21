/// Clips to learn from, or clips that the training never sees.
public enum Split: String, CaseIterable, Sendable {
  case training
  case heldOut
}

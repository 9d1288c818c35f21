import TensorEngine

/// Tensor memory of a training in bytes. All of it is allocated before the first step.
public struct TrainingMemory: Equatable, Sendable, CustomStringConvertible {
  /// Weights and running statistics.
  public var networks: Int
  /// Adam's moments, and averaged weights if an average is kept.
  public var optimiser: Int
  /// The batch, and activations and gradients of a step or a validation.
  public var step: Int

  /// The sum of the three.
  public var total: Int { networks + optimiser + step }

  /// One line for the user.
  public var description: String {
    let parts = [("networks", networks), ("optimiser", optimiser), ("batch and activations", step)]
    return "needs \(ByteCount(total)): " + parts.map { "\($0) \(ByteCount($1))" }.joined(separator: ", ")
  }
}

import TensorEngine

/// Bytes of tensor memory that a training takes: all of them before its first step, and none after.
public struct TrainingMemory: Equatable, Sendable, CustomStringConvertible {
  /// Weights and running statistics.
  public var networks: Int
  /// Adam's moments, and averaged weights where there are any.
  public var optimiser: Int
  /// The batch, and what lies between the ops of a step or of a validation.
  public var step: Int

  public var total: Int { networks + optimiser + step }

  public var description: String {
    let parts = [("networks", networks), ("optimiser", optimiser), ("batch and activations", step)]
    return "needs \(ByteCount(total)): " + parts.map { "\($0) \(ByteCount($1))" }.joined(separator: ", ")
  }
}

/// The weight of a loss at each step: rising linearly from 0 over the first `warmUp` steps, constant afterwards.
///
/// A similarity loss at full weight from the first step was measured to leave h_c one direction, the brightness of the
/// object: the first thing found that does not move with it. A warm-up over the whole run keeps more; after a shorter
/// one h_c may fall back to one direction for the rest of the run.
public struct LossWeight: Equatable, Sendable {
  public var final: Float
  /// Steps until the weight is `final`; 0 for none.
  public var warmUp: Int

  public init(_ final: Float, warmUp: Int = 0) {
    self.final = final
    self.warmUp = warmUp
  }

  /// - Parameter step: steps done before this one.
  public func value(step: Int) -> Float {
    step < warmUp ? final * Float(step) / Float(warmUp) : final
  }
}

/// The weight of a loss at each step: it rises linearly from 0 over the first `warmUp` steps, then stays constant.
///
/// With the similarity loss at full weight from the first step, h_c was measured to vary along one direction only, the
/// brightness of the object: the first property that the network finds to be independent of motion. A warm-up over the
/// whole run keeps more directions; after a shorter one h_c may fall back to one direction for the rest of the run.
public struct LossWeight: Equatable, Sendable {
  /// The weight after the warm-up.
  public var final: Float
  /// Steps until the weight is `final`; 0 for none.
  public var warmUp: Int

  /// A weight that reaches `final` after `warmUp` steps.
  public init(_ final: Float, warmUp: Int = 0) {
    self.final = final
    self.warmUp = warmUp
  }

  /// The weight at a step.
  /// - Parameter step: steps done before this one.
  public func value(step: Int) -> Float {
    step < warmUp ? final * Float(step) / Float(warmUp) : final
  }
}

/// The weight of a loss at each step: rising linearly from 0 over the first `warmUp` steps, constant afterwards.
///
/// A similarity loss at full weight from the first step leaves h_c one direction: the dimensions of h_c all become
/// copies of the first thing found that does not move with the object, its brightness, because any other still costs
/// similarity before the decoder has a use for it. Content that has once become useful to the decoder stays.
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

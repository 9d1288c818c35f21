import Foundation

/// How the learning rate changes over the steps.
public enum LearningRateSchedule: Equatable, Sendable {
  /// The same rate at every step.
  case constant
  /// Half a cosine from the base rate at the first step to zero after S steps: base (1 + cos(pi s / S)) / 2, as in
  /// torch.optim.lr_scheduler.CosineAnnealingLR.
  case cosine(steps: Int)

  /// The learning rate of a step.
  /// - Parameters:
  ///   - base: the rate at the first step.
  ///   - step: s, steps done before this one.
  public func rate(_ base: Float, step: Int) -> Float {
    switch self {
    case .constant: return base
    case .cosine(let steps):
      let progress = Double(min(step, steps)) / Double(max(steps, 1))
      return Float(Double(base) * (1 + cos(.pi * progress)) / 2)
    }
  }
}

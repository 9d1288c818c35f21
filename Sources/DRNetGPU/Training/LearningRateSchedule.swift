import Foundation

/// The learning rate of each step.
public enum LearningRateSchedule: Equatable, Sendable {
  case constant
  /// Half a cosine from the full rate at the first step down to zero after the last: rate (1 + cos(pi s / S)) / 2.
  case cosine(steps: Int)

  /// - Parameter step: steps done before this one.
  public func rate(_ base: Float, step: Int) -> Float {
    switch self {
    case .constant: return base
    case .cosine(let steps):
      let progress = Double(min(step, steps)) / Double(max(steps, 1))
      return Float(Double(base) * (1 + cos(.pi * progress)) / 2)
    }
  }
}

import DRNetGPU
import Foundation

/// Shows the progress of a training: one line, rewritten, on a terminal; one line per row of metrics elsewhere.
final class TrainingProgress {
  private let steps: Int
  private let seconds: Double?
  private let framesPerStep: Int
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now
  /// The first step of this process and when it ended. Rates start there, since the first step compiles the kernels.
  private var origin: (step: Int, time: ContinuousClock.Instant)?

  /// - Parameters:
  ///   - steps: total steps of the training; `BudgetOptions.unbounded` if only `seconds` limits it.
  ///   - seconds: maximum training time of this process.
  init(to steps: Int, seconds: Double?, framesPerStep: Int) {
    self.steps = steps
    self.seconds = seconds
    self.framesPerStep = framesPerStep
  }

  func report(_ event: TrainingLoop.Event) {
    switch event {
    case .stepped(let step):
      if origin == nil { origin = (step, .now) }
      guard Terminal.isInteractive, ContinuousClock.now - lastShown > .milliseconds(200) else { return }
      lastShown = .now
      Terminal.progress(status(step))
    case .logged(let row):
      let losses = row.names.compactMap { name -> String? in
        guard !["frames", "framesPerSecond", "learningRate", "dataWaitShare"].contains(name) else { return nil }
        return row[name].map { "\(name) \(String(format: "%.5g", $0))" }
      }
      Terminal.message("\(status(row.step)): " + losses.joined(separator: ", "))
    case .saved(let url): Terminal.message("saved \(url.relativePath)")
    case .warning(let text): Terminal.message("warning: \(text)")
    }
  }

  private func status(_ step: Int) -> String {
    let done = steps == BudgetOptions.unbounded ? "step \(step)" : "step \(step)/\(steps)"
    guard let origin, step > origin.step else { return done }
    let rate = Double(step - origin.step) / max((ContinuousClock.now - origin.time) / .seconds(1), 1e-9)
    let allowed = seconds.map { max(0, $0 - (ContinuousClock.now - start) / .seconds(1)) } ?? .infinity
    let left = Terminal.duration(min(Double(steps - step) / rate, allowed))
    return "\(done), \(Int(rate * Double(framesPerStep))) frames/s, \(left) left"
  }
}

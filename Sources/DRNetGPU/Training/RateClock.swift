/// Measures frames a second and the share of time spent waiting for data, between two rows of metrics.
struct RateClock {
  private var mark = ContinuousClock.now
  private var markedStep: Int?
  private var markedWait = 0.0

  /// Starts to measure anew: what was done since the last row (the first step, which also compiles kernels; validation;
  /// a checkpoint) is not training.
  mutating func restart(step: Int, secondsWaited: Double) {
    mark = .now
    markedStep = step
    markedWait = secondsWaited
  }

  /// Adds both figures to a row and starts anew.
  mutating func record(into row: inout MetricsRow, step: Int, framesPerStep: Int, secondsWaited: Double) {
    let elapsed = (ContinuousClock.now - mark) / .seconds(1)
    if let markedStep, step > markedStep, elapsed > 0 {
      row.set("framesPerSecond", Double((step - markedStep) * framesPerStep) / elapsed)
      row.set("dataWaitShare", (secondsWaited - markedWait) / elapsed)
    }
    restart(step: step, secondsWaited: secondsWaited)
  }
}

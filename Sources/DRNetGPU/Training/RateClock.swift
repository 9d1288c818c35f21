/// Measures frames per second and the share of time spent waiting for data, between two rows of metrics.
struct RateClock {
  private var mark = ContinuousClock.now
  private var markedStep: Int?
  private var markedWait = 0.0

  /// Starts a new measurement, so that what was done since the last row does not count as training: validation, a
  /// checkpoint, or the first step, which also compiles kernels.
  mutating func restart(step: Int, secondsWaited: Double) {
    mark = .now
    markedStep = step
    markedWait = secondsWaited
  }

  /// Adds both figures to a row and starts a new measurement.
  mutating func record(into row: inout MetricsRow, step: Int, framesPerStep: Int, secondsWaited: Double) {
    let elapsed = (ContinuousClock.now - mark) / .seconds(1)
    if let markedStep, step > markedStep, elapsed > 0 {
      row.set("framesPerSecond", Double((step - markedStep) * framesPerStep) / elapsed)
      row.set("dataWaitShare", (secondsWaited - markedWait) / elapsed)
    }
    restart(step: step, secondsWaited: secondsWaited)
  }
}

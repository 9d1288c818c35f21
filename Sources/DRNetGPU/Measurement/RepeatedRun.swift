import TensorEngine

/// Work that is queued on a backend repeatedly before waiting once, as the ops of a training step are.
struct RepeatedRun {
  let backend: any Backend
  let queue: () throws -> Void

  /// Seconds that `runs` runs take.
  func seconds(of runs: Int) throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<runs { try queue() }
    try backend.finish()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// The number of runs that takes about `seconds`, estimated by one run; at most 1000.
  func runs(filling seconds: Double) throws -> Int {
    let once = try self.seconds(of: 1)
    return min(max(Int((seconds / max(once, 1e-7)).rounded(.up)), 1), 1000)
  }
}

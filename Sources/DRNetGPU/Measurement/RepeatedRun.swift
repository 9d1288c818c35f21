import TensorEngine

/// Something that is queued on a backend again and again and waited for once, as the ops of a training step are.
struct RepeatedRun {
  let backend: any Backend
  let queue: () throws -> Void

  /// Seconds until so many runs are done.
  func seconds(of runs: Int) throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<runs { try queue() }
    try backend.finish()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// Runs that take about so many seconds, judged by one: 1000 at most.
  func runs(filling seconds: Double) throws -> Int {
    let once = try self.seconds(of: 1)
    return min(max(Int((seconds / max(once, 1e-7)).rounded(.up)), 1), 1000)
  }
}

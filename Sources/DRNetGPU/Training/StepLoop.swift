import TensorEngine

/// Feeds a trainer with batches that are prepared ahead, and measures frames per second.
final class StepLoop<Trainer: StepTrainer, HeldOut: Sendable> {
  private let trainer: Trainer
  private let backend: any Backend
  let framesPerStep: Int
  private let batches: OrderedPrefetch<ClipBatch>
  private let heldOutClips: Background<HeldOut>
  private var clock = RateClock()
  /// Whether this process has taken a step.
  private var hasStarted = false

  /// Starts to prepare the batches of the trainer's next steps, and the held-out clips.
  init(
    _ trainer: Trainer, framesPerStep: Int, on backend: any Backend,
    batch: @escaping @Sendable (_ step: Int) throws -> ClipBatch, heldOut: @escaping @Sendable () throws -> HeldOut
  ) {
    self.trainer = trainer
    self.backend = backend
    self.framesPerStep = framesPerStep
    batches = OrderedPrefetch(from: trainer.step, make: batch)
    heldOutClips = Background(heldOut)
  }

  /// The held-out clips; waits for them the first time.
  func heldOut() throws -> HeldOut { try heldOutClips.value() }

  func advance() throws {
    try trainer.step(batches.next().frames)
    if !hasStarted {
      // Wait here, so that unreadable held-out clips or a failing device end the training at its first step.
      _ = try heldOut()
      try backend.finish()
      hasStarted = true
      restartClock()
    }
  }

  /// A row with the number of frames trained on.
  func row() -> MetricsRow {
    var row = MetricsRow(step: trainer.step)
    row.set("frames", trainer.step * framesPerStep)
    return row
  }

  /// Returns the losses since the last row of metrics, and discards them.
  func takeLosses() throws -> [StepLosses] {
    let losses = try trainer.collectLosses()
    trainer.clearLosses()
    return losses
  }

  /// Adds frames per second and the share of time spent waiting for data since the last row.
  func recordRates(into row: inout MetricsRow) {
    clock.record(into: &row, step: trainer.step, framesPerStep: framesPerStep, secondsWaited: batches.secondsWaited)
  }

  /// Excludes the time since the last row from the frames per second.
  func restartClock() { clock.restart(step: trainer.step, secondsWaited: batches.secondsWaited) }
}

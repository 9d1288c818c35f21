import Foundation

/// Something that trains in steps: the main model, or the pose LSTM.
public protocol TrainingTask: AnyObject {
  /// Steps done.
  var step: Int { get }
  /// Frames that a step trains on, as rates count them.
  var framesPerStep: Int { get }
  /// Takes the next batch and queues one step.
  func advance() throws
  /// A row of metrics over the steps since the last one. Waits for the device.
  func metrics() throws -> MetricsRow
  /// A row of metrics on clips that are not trained on. Waits for the device.
  func validation() throws -> MetricsRow
  /// What the last row of metrics gives reason to fear, one line each.
  func warnings(about row: MetricsRow) -> [String]
  /// Everything that is needed to go on bit for bit, to be written before the next step. Waits for the device.
  func checkpoint() throws -> SafetensorsContent
  /// Told when a checkpoint has been written: the time that it took is not training's.
  func saved()
}

/// Steps a task up to its budget, and writes metrics and checkpoints on the way.
///
/// At a step where several are due the order is metrics, validation, checkpoint: a run killed in between goes on from the
/// checkpoint before and writes the same rows again.
public struct TrainingLoop {
  public enum Event: Sendable {
    case stepped(Int)
    case logged(MetricsRow)
    case saved(URL)
    case warning(String)
  }

  public enum Outcome: Sendable { case finished, interrupted }

  /// Where the metrics and the checkpoints of a run go.
  public struct Records {
    let log: MetricsLog
    let checkpoints: Checkpoints

    package init(log: MetricsLog, checkpoints: Checkpoints) {
      self.log = log
      self.checkpoints = checkpoints
    }

    /// Those of a model in a run that goes on after `step`.
    public init(in run: RunFolder, _ kind: Checkpoints.Kind, keep: Int, resumingAfter step: Int) throws {
      log = try MetricsLog(kind == .model ? run.metricsFile : run.poseMetricsFile, resumingAfter: step)
      checkpoints = Checkpoints(in: run, kind, keep: keep)
    }
  }

  let task: any TrainingTask
  let logEvery: Int
  let saveEvery: Int

  public init(_ task: any TrainingTask, logEvery: Int, saveEvery: Int) {
    self.task = task
    self.logEvery = logEvery
    self.saveEvery = saveEvery
  }

  /// - Parameters:
  ///   - steps: steps in all, those of earlier runs included.
  ///   - seconds: ends the run early; nil for no such bound.
  ///   - shouldStop: asked after each step; true saves a checkpoint and returns.
  ///   - open: makes or opens the run on disk; called after the first step, so that a training that cannot take one, for
  ///     want of memory or because of its data, leaves nothing behind.
  ///   - report: told of everything that happens.
  public func run(
    steps: Int, seconds: Double? = nil, shouldStop: () -> Bool, records open: () throws -> Records,
    report: (Event) -> Void
  ) throws -> Outcome {
    let start = ContinuousClock.now
    var opened: Records?
    while task.step < steps {
      try task.advance()
      let records = try opened ?? open()
      opened = records
      report(.stepped(task.step))
      let isOver = seconds.map { (ContinuousClock.now - start) / .seconds(1) >= $0 } ?? false
      let isLast = task.step == steps || isOver
      let isSaving = task.step % saveEvery == 0 || isLast
      let isInterrupted = shouldStop() && !isLast
      if task.step % logEvery == 0 || isLast { try write(task.metrics(), to: records.log, report) }
      if isSaving { try write(task.validation(), to: records.log, report) }
      if isSaving || isInterrupted {
        report(.saved(try records.checkpoints.save(task.checkpoint(), step: task.step)))
        task.saved()
      }
      if isInterrupted { return .interrupted }
      if isOver { break }
    }
    return .finished
  }

  private func write(_ row: MetricsRow, to log: MetricsLog, _ report: (Event) -> Void) throws {
    try log.append(row)
    report(.logged(row))
    for warning in task.warnings(about: row) { report(.warning(warning)) }
  }
}

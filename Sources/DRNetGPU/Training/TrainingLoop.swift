import Foundation

/// Something that trains in steps: the main model, or the pose LSTM.
public protocol TrainingTask: AnyObject {
  /// Steps done.
  var step: Int { get }
  /// Frames that a step trains on, as rates count them.
  var framesPerStep: Int { get }
  /// Takes the next batch and queues one step.
  /// - Throws: any error, which ends the training.
  func advance() throws
  /// A row of metrics over the steps since the last one. Waits for the device.
  /// - Throws: any error, which ends the training; `TrainingError.notFinite` if a loss is NaN or infinite.
  func metrics() throws -> MetricsRow
  /// A row of metrics on held-out clips. Waits for the device.
  /// - Parameter isLast: whether the training ends with this step.
  /// - Throws: any error, which ends the training.
  func validation(isLast: Bool) throws -> MetricsRow
  /// Warnings about a row of metrics, one line each.
  func warnings(about row: MetricsRow) -> [String]
  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  /// - Parameter isLast: whether the training ends with this step.
  /// - Throws: any error, which ends the training.
  func checkpoint(isLast: Bool) throws -> SafetensorsContent
  /// Called when a checkpoint has been written, so that the time of writing can be excluded from rates.
  func saved()
}

/// Runs the steps of a task, and writes metrics and checkpoints at intervals.
///
/// If several are due at a step, the order is metrics, validation, checkpoint. A run killed in between resumes from the
/// checkpoint before and writes the same rows again.
public struct TrainingLoop {
  /// Progress of a training.
  public enum Event: Sendable {
    /// This many steps are queued or done.
    case stepped(Int)
    /// A row of metrics was written.
    case logged(MetricsRow)
    /// A checkpoint was written.
    case saved(URL)
    /// A warning of the task, in one line.
    case warning(String)
  }

  /// How a training ended.
  public enum Outcome: Sendable {
    /// All steps were done, or the time was over.
    case finished
    /// `shouldStop` asked for it.
    case interrupted
  }

  /// Where the metrics and the checkpoints of a run go.
  public struct Records {
    let log: MetricsLog
    let checkpoints: Checkpoints

    package init(log: MetricsLog, checkpoints: Checkpoints) {
      self.log = log
      self.checkpoints = checkpoints
    }

    /// The metrics and checkpoints of one of a run's two models. Rows of metrics after the step are removed.
    /// - Parameters:
    ///   - run: the run.
    ///   - kind: which of the two models.
    ///   - keep: how many checkpoints to keep.
    ///   - step: steps done so far; 0 for a new training.
    /// - Throws: `FileError` if the metrics cannot be read or written.
    public init(in run: RunFolder, _ kind: Checkpoints.Kind, keep: Int, resumingAfter step: Int) throws {
      log = try MetricsLog(kind == .model ? run.metricsFile : run.poseMetricsFile, resumingAfter: step)
      checkpoints = Checkpoints(in: run, kind, keep: keep)
    }
  }

  let task: any TrainingTask
  let logEvery: Int
  let saveEvery: Int

  /// - Parameters:
  ///   - task: what is trained.
  ///   - logEvery: steps from one row of metrics to the next.
  ///   - saveEvery: steps from one checkpoint to the next.
  public init(_ task: any TrainingTask, logEvery: Int, saveEvery: Int) {
    self.task = task
    self.logEvery = logEvery
    self.saveEvery = saveEvery
  }

  /// Trains until the steps are done, the time is over or `shouldStop` returns true.
  /// - Parameters:
  ///   - steps: total number of steps, including those before a resume.
  ///   - seconds: time limit; nil for none.
  ///   - shouldStop: called after each step; if it returns true, a checkpoint is saved and the training ends.
  ///   - open: creates or opens the run on disk. It is called after the first step, so that a training that fails
  ///     there, because of its memory or data, leaves no files.
  ///   - report: called with each event.
  /// - Throws: what the task and `open` throw; `FileError` if metrics or a checkpoint cannot be written.
  public func run(
    steps: Int, seconds: Double? = nil, shouldStop: () -> Bool, records open: () throws -> Records,
    report: (Event) -> Void
  ) throws -> Outcome {
    let (start, firstStep) = (ContinuousClock.now, task.step)
    var opened: Records?
    while task.step < steps {
      try task.advance()
      let records = try opened ?? open()
      if opened == nil, records.log.lastStep + logEvery < firstStep {
        report(.warning(records.log.gap(before: firstStep)))
      }
      opened = records
      report(.stepped(task.step))
      let isOver = seconds.map { (ContinuousClock.now - start) / .seconds(1) >= $0 } ?? false
      let isLast = task.step == steps || isOver
      let isSaving = task.step % saveEvery == 0 || isLast
      let isInterrupted = shouldStop() && !isLast
      if task.step % logEvery == 0 || isLast { try write(task.metrics(), to: records.log, report) }
      if isSaving { try write(task.validation(isLast: isLast), to: records.log, report) }
      if isSaving || isInterrupted {
        try records.log.synchronise()
        // One with NaN or infinity would take the place of a good one.
        let content = try task.checkpoint(isLast: isLast).requiringFinite { [step = task.step] in
          TrainingError.notFinite(place: "'\($0)'", step: step)
        }
        report(.saved(try records.checkpoints.save(content, step: task.step)))
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

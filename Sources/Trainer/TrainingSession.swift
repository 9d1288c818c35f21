import ArgumentParser
import DRNetGPU
import Foundation

/// The folder in which a training writes, locked against other trainings.
struct TrainingFolder {
  let run: RunFolder
  let lock: RunLock
  /// The old run, or the run with its old pose LSTM, until the new one has a checkpoint.
  var replacement: RunReplacement?

  init(_ run: RunFolder, _ lock: RunLock) { (self.run, self.lock) = (run, lock) }

  init(_ replacement: RunReplacement) {
    (run, lock, self.replacement) = (replacement.run, replacement.lock, replacement)
  }
}

/// A training run by a command: it shows progress, and on Ctrl-C it saves a checkpoint and stops.
struct TrainingSession {
  let task: any TrainingTask
  let schedule: any TrainingSchedule
  /// Which model is trained.
  let kind: Checkpoints.Kind
  /// Maximum training time in seconds; nil for no limit.
  let seconds: Double?
  let interruption: Interruption
  /// The command that resumes the training after Ctrl-C.
  let resumeCommand: String

  /// - Parameter open: creates or opens the run; called after the first step. What it replaces comes back if the training
  ///   fails before its first checkpoint.
  /// - Throws: `ExitCode` if Ctrl-C interrupted it.
  func run(in open: () throws -> TrainingFolder) throws {
    let firstStep = task.step
    if firstStep >= schedule.steps {
      Terminal.message("nothing to do: the model is at step \(firstStep) already, of \(schedule.steps)")
    }
    let progress = TrainingProgress(to: schedule.steps, seconds: seconds, framesPerStep: task.framesPerStep)
    var folder: TrainingFolder?
    defer { withExtendedLifetime(folder) {} }
    do {
      try run(firstStep, progress, in: open, &folder)
    } catch let error as ExitCode {
      throw error
    } catch {
      if let replacement = folder?.replacement {
        try replacement.restore()
        Terminal.message("what was to be replaced is back, since the new training has no checkpoint")
      }
      throw error
    }
  }

  private func run(
    _ firstStep: Int, _ progress: TrainingProgress, in open: () throws -> TrainingFolder,
    _ folder: inout TrainingFolder?
  ) throws {
    let outcome = try TrainingLoop(task, logEvery: schedule.logEvery, saveEvery: schedule.saveEvery).run(
      steps: schedule.steps, seconds: seconds, shouldStop: { interruption.isWanted },
      records: {
        let opened = try open()
        folder = opened
        return try TrainingLoop.Records(in: opened.run, kind, keep: schedule.keep, resumingAfter: firstStep)
      },
      report: { event in
        progress.report(event)
        guard case .saved = event, let replacement = folder?.replacement else { return }
        do { try replacement.commit() } catch { Terminal.message("warning: \(error)") }
        folder?.replacement = nil
      })
    if outcome == .interrupted {
      Terminal.message("interrupted; resume with: \(resumeCommand)")
      throw ExitCode(Interruption.exitStatus)
    }
  }
}

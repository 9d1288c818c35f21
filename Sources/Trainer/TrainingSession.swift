import ArgumentParser
import DRNetGPU
import Foundation

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

  /// - Parameters:
  ///   - open: creates or opens the run; called after the first step.
  ///   - saved: called after each checkpoint.
  /// - Throws: `ExitCode` if Ctrl-C interrupted it.
  func run(in open: () throws -> RunFolder, saved: () -> Void = {}) throws {
    let firstStep = task.step
    if firstStep >= schedule.steps {
      Terminal.message("nothing to do: the model is at step \(firstStep) already, of \(schedule.steps)")
    }
    let progress = TrainingProgress(to: schedule.steps, seconds: seconds, framesPerStep: task.framesPerStep)
    let outcome = try TrainingLoop(task, logEvery: schedule.logEvery, saveEvery: schedule.saveEvery).run(
      steps: schedule.steps, seconds: seconds, shouldStop: { interruption.isWanted },
      records: { try TrainingLoop.Records(in: open(), kind, keep: schedule.keep, resumingAfter: firstStep) },
      report: { event in
        progress.report(event)
        if case .saved = event { saved() }
      })
    if outcome == .interrupted {
      Terminal.message("interrupted; resume with: \(resumeCommand)")
      throw ExitCode(Interruption.exitStatus)
    }
  }
}

import ArgumentParser
import DRNetGPU
import Foundation

/// A training as a command runs it: it shows how far it is, and stops with a checkpoint on Ctrl-C.
struct TrainingSession {
  let task: any TrainingTask
  let schedule: any TrainingSchedule
  /// Which model is trained.
  let kind: Checkpoints.Kind
  /// Seconds that it may take; nil for no such limit.
  let seconds: Double?
  let interruption: Interruption
  /// The command that goes on after Ctrl-C.
  let resumeCommand: String

  /// - Parameter open: makes or opens the run; called after the first step.
  /// - Throws: `ExitCode` if Ctrl-C ended it.
  func run(in open: () throws -> RunFolder) throws {
    let firstStep = task.step
    let progress = TrainingProgress(to: schedule.steps, seconds: seconds, framesPerStep: task.framesPerStep)
    let outcome = try TrainingLoop(task, logEvery: schedule.logEvery, saveEvery: schedule.saveEvery).run(
      steps: schedule.steps, seconds: seconds, shouldStop: { interruption.isWanted },
      records: { try TrainingLoop.Records(in: open(), kind, keep: schedule.keep, resumingAfter: firstStep) },
      report: progress.report)
    if outcome == .interrupted {
      Terminal.message("interrupted; go on with: \(resumeCommand)")
      throw ExitCode(Interruption.exitStatus)
    }
  }
}

/// How long a training lasts, and how often it writes: the settings that both trainings have.
public protocol TrainingSchedule: Sendable {
  /// Training steps in total.
  var steps: Int { get }
  /// Steps from one checkpoint to the next.
  var saveEvery: Int { get }
  /// Steps from one row of metrics to the next.
  var logEvery: Int { get }
  /// Checkpoints to keep.
  var keep: Int { get }
}

extension RunConfiguration: TrainingSchedule {}
extension PoseConfiguration: TrainingSchedule {}

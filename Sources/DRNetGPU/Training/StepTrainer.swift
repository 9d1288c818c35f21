import TensorEngine

/// A trainer of networks that takes steps on batches of frames and keeps their losses.
protocol StepTrainer: AnyObject {
  /// Steps done.
  var step: Int { get }
  /// Queues one step.
  /// - Parameter frames: (N, C, S, S) each; how many depends on the trainer.
  func step(_ frames: [HostTensor]) throws
  /// Waits for the device and returns the losses of every step since the last `clearLosses`.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite.
  func collectLosses() throws -> [StepLosses]
  /// Discards the losses that `collectLosses` has returned.
  func clearLosses()
  /// Everything that is needed to resume bit for bit, to be written before the next step. Waits for the device.
  func checkpoint() throws -> SafetensorsContent
}

extension DRNetTrainer: StepTrainer {}
extension PoseTrainer: StepTrainer {}

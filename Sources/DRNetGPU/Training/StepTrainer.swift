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
  /// Forgets the losses read so far.
  func clearLosses()
  /// Everything that training needs to go on bit for bit, to be written before the next step. Waits for the device.
  func checkpoint() throws -> SafetensorsContent
}

extension DRNetTrainer: StepTrainer {}
extension PoseTrainer: StepTrainer {}

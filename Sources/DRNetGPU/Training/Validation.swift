import TensorEngine

/// The main model's losses on held-out clips, with one set of weights for inference.
///
/// It is recorded like a training step and prepared with it: the two share memory, since they never run at once.
struct Validation {
  let schedule: Schedule
  private let trainer: DRNetTrainer
  private let reconstruction: Tensor
  private let similarity: Tensor

  /// - Parameters:
  ///   - trainer: its model and its frames are used.
  ///   - weights: weights and running statistics that are read in place of the model's.
  init(_ trainer: DRNetTrainer, reading weights: [(parameter: Parameter, tensor: Tensor)]) throws {
    self.trainer = trainer
    let recorder = Recorder(for: trainer.backend)
    let (model, frames) = (trainer.model, trainer.frames)
    let tape = Tape(recorder, mode: .frozen, reading: weights)
    let content = try model.contentEncoder(frames[0], tape)
    let decoded = try model.decoder(content: content, pose: model.poseEncoder(frames[2], tape).vector, tape)
    let otherContent = try model.contentEncoder(frames[1], tape).vector
    func error(_ x: Tensor, _ target: Tensor) throws -> Tensor {
      try recorder.keep(tape.run(MeanSquaredErrorForward(), [x, target])[0])
    }
    (reconstruction, similarity) = (try error(decoded, frames[2]), try error(content.vector, otherContent))
    schedule = recorder.schedule
  }

  /// Mean errors over batches of the training's size. Waits for the device.
  /// - Parameter replay: prepared from `schedule`.
  func errors(_ batches: [ClipBatch], running replay: any Replay) throws -> (reconstruction: Double, similarity: Double)
  {
    let backend = trainer.backend
    var sums = (reconstruction: 0.0, similarity: 0.0)
    for batch in batches {
      for (host, tensor) in zip(batch.frames, trainer.frames) { try backend.upload(host, to: tensor) }
      try replay.run()
      sums.reconstruction += Double(try backend.download(reconstruction).values[0]) / Double(batches.count)
      sums.similarity += Double(try backend.download(similarity).values[0]) / Double(batches.count)
    }
    return sums
  }
}

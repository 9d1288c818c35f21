import TensorEngine

/// The main model's losses on clips that are not trained on, with the weights that are used: averages where there are any.
///
/// Recorded like a training step, and in the same memory, since the two never run at once.
struct Validation {
  private let trainer: DRNetTrainer
  private let replay: any Replay
  private let reconstruction: Tensor
  private let similarity: Tensor

  /// Prepares the trainer's step along with it.
  init(_ trainer: DRNetTrainer) throws {
    self.trainer = trainer
    let recorder = Recorder(for: trainer.backend)
    (reconstruction, similarity) = try trainer.withAverage {
      let (model, frames) = (trainer.model, trainer.frames)
      let tape = Tape(recorder, mode: .frozen)
      let content = try model.contentEncoder(frames[0], tape)
      let decoded = try model.decoder(content: content, pose: model.poseEncoder(frames[2], tape).vector, tape)
      let otherContent = try model.contentEncoder(frames[1], tape).vector
      func error(_ x: Tensor, _ target: Tensor) throws -> Tensor {
        try recorder.keep(tape.run(MeanSquaredErrorForward(), [x, target])[0])
      }
      return (try error(decoded, frames[2]), try error(content.vector, otherContent))
    }
    replay = try trainer.prepare(with: [recorder.schedule])[0]
  }

  /// Mean errors over batches of the training's size. Waits for the device.
  func errors(_ batches: [ClipBatch]) throws -> (reconstruction: Double, similarity: Double) {
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

import TensorEngine

/// Dynamic loss scaling (Micikevicius et al. 2018), as torch.amp.GradScaler does it: gradients that are stored as float16
/// would become zero below 6e-8, so the losses that they are of are multiplied by a scale, and Adam divides by it.
///
/// All on the device: a step whose gradients are not all finite moves nothing and halves the scale; 2000 others in a row
/// double it. Nothing waits for the host.
final class LossScale {
  /// As `TensorType.lossScaleState` says.
  let state: Tensor

  static let firstScale: Float = 65536

  init(on backend: any Backend) throws {
    state = try backend.upload(HostTensor([3], [Self.firstScale, 0, 0]), as: .plain)
  }

  /// Records the scaling of the gradients that losses start from.
  func scale(_ losses: [(loss: Tensor, gradient: Tensor)], on recorder: Recorder) throws -> [(Tensor, Tensor)] {
    try losses.map { ($0.loss, try recorder.run(ScaleLoss(), [$0.gradient, state])[0]) }
  }

  /// Records the search for gradients that are not finite.
  func check(_ gradients: [Tensor], on recorder: Recorder) {
    recorder.run(FindNonFinite(), [state] + gradients, into: [state])
  }

  /// Records what follows a step.
  func update(on recorder: Recorder) { recorder.run(UpdateLossScale(), [state], into: [state]) }
}

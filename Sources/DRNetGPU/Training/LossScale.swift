import TensorEngine

/// Dynamic loss scaling (Micikevicius et al. 2018), as in torch.amp.GradScaler: gradients below 6e-8 would become zero
/// in float16, so the losses are multiplied by a scale, and Adam divides the gradients by it.
///
/// It runs on the device without waiting for the host. A step whose gradients are not all finite changes no weight and
/// halves the scale; 2000 finite steps in a row double it.
final class LossScale {
  /// See `TensorType.lossScaleState`.
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

  /// Records the change of the scale after a step.
  func update(on recorder: Recorder) { recorder.run(UpdateLossScale(), [state], into: [state]) }
}

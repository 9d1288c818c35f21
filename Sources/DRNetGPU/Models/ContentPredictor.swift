import TensorEngine

/// Predicts the content of a clip from a pose: linear layers pose -> 100 -> 100 -> content, with ReLU between.
///
/// Its target is the content of another frame of the clip, standardised over the batch, so that an error of 1 means that
/// the pose tells nothing of the content. The scene discriminator asks whether two poses are from one clip, which the
/// place alone answers to some extent, since two frames of a clip are near each other. This network asks for what a swap
/// needs: that the pose says nothing of the content.
public struct ContentPredictor: Module {
  private let layers: MultilayerPerceptron

  /// Allocates the network; parameters are undefined until `initialise` or a checkpoint sets them.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(poseDim: Int, contentDim: Int, on backend: any Backend) throws {
    let hidden = SceneDiscriminator.hiddenSize
    layers = MultilayerPerceptron("main", sizes: [poseDim, hidden, hidden, contentDim])
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { layers.parameters }

  /// poses (N, pose) -> standardised content (N, content).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ poses: Tensor, _ tape: Tape) throws -> Tensor { try layers(poses, tape) }
}

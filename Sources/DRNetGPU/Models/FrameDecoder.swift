import TensorEngine

/// Content and poses (N, pose) -> frames (N, C, S, S) in (0, 1).
public protocol FrameDecoder: Module {
  /// - Parameter content: of N frames, with the encoder's feature maps where the decoder has skips.
  func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor
}

extension Tape {
  /// Content (N, content) and pose (N, pose) side by side as maps of one pixel, which decoders begin with.
  func join(_ content: Tensor, _ pose: Tensor) throws -> Tensor {
    let vectors = try concatenate(content, pose)
    return reshape(vectors, to: [vectors.shape.batch, vectors.shape.channels, 1, 1])
  }
}

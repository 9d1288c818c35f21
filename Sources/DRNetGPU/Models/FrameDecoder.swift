import TensorEngine

/// A network that makes frames of content and pose.
public protocol FrameDecoder: Module {
  /// Content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  /// - Parameters:
  ///   - content: the content encoder's output; its feature maps are used only if the decoder has skips.
  ///   - pose: the pose vectors.
  ///   - tape: runs the ops and records them for the backward pass.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor
}

extension Tape {
  /// Content (N, content) and pose (N, pose) -> (N, content + pose, 1, 1), the input of a decoder's first layer.
  func join(_ content: Tensor, _ pose: Tensor) throws -> Tensor {
    asMap(try concatenate(content, pose))
  }

  /// Vectors (N, D) as maps of one pixel, (N, D, 1, 1).
  func asMap(_ vectors: Tensor) -> Tensor {
    reshape(vectors, to: [vectors.shape.batch, vectors.shape.channels, 1, 1])
  }
}

import TensorEngine

/// What is needed of a model to put the pose of one clip together with the content of another, on the host.
protocol ContentPoseModel {
  /// The content of some frames, with all that decoding takes of it.
  associatedtype Content
  /// Whether vectors alone can be decoded as content.
  var decodesVectors: Bool { get }
  /// frames (N, C, S, S) in [0, 1] -> pose (N, pose).
  func pose(of frames: HostTensor) throws -> HostTensor
  /// frames (N, C, S, S) in [0, 1] -> their content, to be decoded with several poses.
  func content(of frames: HostTensor) throws -> Content
  /// The vectors of the content of N frames, (N, content).
  func vectors(of content: Content) throws -> HostTensor
  /// The content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  func decode(_ content: Content, pose: HostTensor) throws -> HostTensor
  /// content (N, content), pose (N, pose) -> frames (N, C, S, S) in (0, 1); only if `decodesVectors`.
  func decode(content: HostTensor, pose: HostTensor) throws -> HostTensor
}

extension FeatureExtractor: ContentPoseModel {
  var decodesVectors: Bool { !model.sizes.decoder.hasSkips }
}

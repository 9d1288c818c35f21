import TensorEngine

/// Encodes and decodes frames on the host with a trained model. Batch norm uses the running statistics, so that the
/// result for a frame does not depend on the other frames. C is the number of channels, S the image size.
public struct FeatureExtractor {
  /// The model.
  public let model: DRNet
  private let backend: any Backend
  /// Frames in one pass; bounds the memory that is needed.
  private static let batch = 100

  /// An extractor for `model`, whose parameters are on `backend`.
  public init(_ model: DRNet, on backend: any Backend) {
    self.model = model
    self.backend = backend
  }

  /// frames (N, C, S, S) in [0, 1] -> content (N, content), pose (N, pose).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func encode(_ frames: HostTensor) throws -> (content: HostTensor, pose: HostTensor) {
    let tape = Tape(backend, mode: .frozen)
    let parts = try Self.parts(of: frames).map { part in
      let device = try backend.upload(part, as: .features)
      return (
        try download(model.contentEncoder(device, tape).vector, "content"),
        try download(model.poseEncoder(device, tape).vector, "pose")
      )
    }
    return (
      HostTensor(rows: parts.map(\.0), of: [model.sizes.contentDim]),
      HostTensor(rows: parts.map(\.1), of: [model.sizes.poseDim])
    )
  }

  /// frames (N, C, S, S) in [0, 1] -> pose (N, pose).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func pose(of frames: HostTensor) throws -> HostTensor {
    let tape = Tape(backend, mode: .frozen)
    let parts = try Self.parts(of: frames).map {
      try download(model.poseEncoder(backend.upload($0, as: .features), tape).vector, "pose")
    }
    return HostTensor(rows: parts, of: [model.sizes.poseDim])
  }

  /// The content of a few frames, on the device: vectors, and the feature maps that a decoder with skips takes.
  public struct Content {
    fileprivate let parts: [Encoding]
  }

  /// frames (N, C, S, S) in [0, 1] -> their content, to be decoded with several poses.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func content(of frames: HostTensor) throws -> Content {
    let tape = Tape(backend, mode: .frozen)
    return Content(
      parts: try Self.parts(of: frames).map { try model.contentEncoder(backend.upload($0, as: .features), tape) })
  }

  /// The vectors of the content of N frames, (N, content).
  /// - Throws: `DeviceError` if the device fails.
  public func vectors(of content: Content) throws -> HostTensor {
    HostTensor(rows: try content.parts.map { try download($0.vector, "content") }, of: [model.sizes.contentDim])
  }

  /// The content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func decode(_ content: Content, pose: HostTensor) throws -> HostTensor {
    let parts = try zip(content.parts, Self.parts(of: pose)).map { try decode($0, $1) }
    return HostTensor(rows: parts, of: frameShape)
  }

  /// Content of frames (N, C, S, S) and pose (N, pose) -> frames (N, C, S, S) in (0, 1). Encodes and decodes in passes
  /// of 100 frames, so that device memory does not grow with N.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func decode(contentOf frames: HostTensor, pose: HostTensor) throws -> HostTensor {
    precondition(frames.shape[0] == pose.shape[0], "\(frames.shape) and \(pose.shape)")
    let tape = Tape(backend, mode: .frozen)
    let parts = try zip(Self.parts(of: frames), Self.parts(of: pose)).map { frames, pose in
      try decode(model.contentEncoder(backend.upload(frames, as: .features), tape), pose)
    }
    return HostTensor(rows: parts, of: frameShape)
  }

  /// content (N, content), pose (N, pose) -> frames (N, C, S, S) in (0, 1). The decoder must have no skips.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func decode(content: HostTensor, pose: HostTensor) throws -> HostTensor {
    precondition(content.shape[0] == pose.shape[0], "\(content.shape) and \(pose.shape)")
    precondition(!model.sizes.decoder.hasSkips, "the vectors alone are not the content")
    let parts = try zip(Self.parts(of: content), Self.parts(of: pose)).map { content, pose in
      try decode(Encoding(vector: backend.upload(content, as: .features), maps: []), pose)
    }
    return HostTensor(rows: parts, of: frameShape)
  }

  private func decode(_ content: Encoding, _ pose: HostTensor) throws -> HostTensor {
    let pose = try backend.upload(pose, as: .features)
    return try download(model.decoder(content: content, pose: pose, Tape(backend, mode: .frozen)), "decoded frames")
  }

  /// - Throws: `NotFiniteError` if it holds NaN or infinity, which no file or picture of ours may hold.
  private func download(_ tensor: Tensor, _ what: String) throws -> HostTensor {
    let values = try backend.download(tensor)
    guard values.values.allSatisfy(\.isFinite) else { throw NotFiniteError(what: what) }
    return values
  }

  private var frameShape: Shape { Shape(Array(model.sizes.frames(1).extents.dropFirst())) }

  private static func parts(of tensor: HostTensor) -> [HostTensor] {
    stride(from: 0, to: tensor.shape[0], by: batch).map { tensor.rows($0..<min($0 + batch, tensor.shape[0])) }
  }
}

/// Weights with which a result is NaN or infinite.
public struct NotFiniteError: Error, CustomStringConvertible {
  /// The result.
  let what: String

  /// One line for the user.
  public var description: String {
    "\(what): NaN or infinity with these weights; the training that made them had failed, so use an earlier checkpoint"
  }
}

/// Encodes and decodes host frames with a model whose statistics are frozen: the result for a frame does not depend on
/// the frames beside it.
public struct FeatureExtractor {
  public let model: DRNet
  private let backend: any Backend
  /// Frames in one pass; bounds the memory that is needed.
  private static let batch = 100

  public init(_ model: DRNet, on backend: any Backend) {
    self.model = model
    self.backend = backend
  }

  /// frames (N, C, 64, 64) in [0, 1] -> content (N, content), pose (N, pose).
  public func encode(_ frames: HostTensor) throws -> (content: HostTensor, pose: HostTensor) {
    let tape = Tape(backend, mode: .frozen)
    let parts = try Self.parts(of: frames).map { part in
      let device = try backend.upload(part, as: .features)
      return (
        try backend.download(model.contentEncoder(device, tape)), try backend.download(model.poseEncoder(device, tape))
      )
    }
    return (
      HostTensor(rows: parts.map(\.0), of: [model.sizes.contentDim]),
      HostTensor(rows: parts.map(\.1), of: [model.sizes.poseDim])
    )
  }

  /// content (N, content), pose (N, pose) -> frames (N, C, 64, 64).
  public func decode(content: HostTensor, pose: HostTensor) throws -> HostTensor {
    precondition(content.shape[0] == pose.shape[0], "\(content.shape) and \(pose.shape)")
    let tape = Tape(backend, mode: .frozen)
    let parts = try zip(Self.parts(of: content), Self.parts(of: pose)).map { content, pose in
      let contentTensor = try backend.upload(content, as: .features)
      let poseTensor = try backend.upload(pose, as: .features)
      return try backend.download(model.decoder(content: contentTensor, pose: poseTensor, tape))
    }
    return HostTensor(rows: parts, of: [model.sizes.channels, DRNet.imageSize, DRNet.imageSize])
  }

  private static func parts(of tensor: HostTensor) -> [HostTensor] {
    stride(from: 0, to: tensor.shape[0], by: batch).map { tensor.rows($0..<min($0 + batch, tensor.shape[0])) }
  }
}

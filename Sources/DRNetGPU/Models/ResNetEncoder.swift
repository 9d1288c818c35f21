import TensorEngine

/// The ResNet-18 encoder: a 5x5 convolution with stride 2, max-pooling, stages of two basic blocks, then a head over
/// the remaining 3 x 3 pixels. It gives no feature maps to a decoder.
///
/// Frames (N, C, S, S) -> vectors (N, D), in (-1, 1), or of unit length if `normalise` is set. Structure and parameter
/// names are those of drnet-py (`models/resnet_64.py`, `resnet_128.py`).
public struct ResNetEncoder: FrameEncoder {
  private let stem: NormalisedLayer
  private let blocks: [BasicBlock]
  private let head: EncoderHead

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the first stage; each later one has twice as many. There are 4 stages at 64 px, 5 at 128.
  ///   - dimension: D.
  ///   - normalise: scale the output to unit length.
  ///   - headKind: how the last map becomes a vector; not `.profiles`.
  ///   - headNorm: the statistics that the head is normalised with in training.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    imageSize: Int, channels: Int, width: Int, dimension: Int, normalise: Bool, headKind: HeadNetwork = .convolution,
    headNorm: HeadNorm = .batch, on backend: any Backend
  ) throws {
    precondition(headKind != .profiles, "the last map of resnet18 is too small for profiles")
    stem = .convolution(
      "main.conv1", "main.bn1", from: channels, to: width, window: 5, stride: 2, padding: 3, activation: .relu)
    let filters = (0..<Pyramid.halvings(imageSize)).map { width << $0 }
    blocks = filters.indices.flatMap { stage in
      (0..<2).map { index in
        let isFirst = index == 0 && stage > 0
        return BasicBlock(
          "main.layer\(stage + 1).\(index)", from: isFirst ? filters[stage - 1] : filters[stage], to: filters[stage],
          stride: isFirst ? 2 : 1)
      }
    }
    head = try EncoderHead(
      "main.conv_out", "main.bn_out", from: filters[filters.count - 1], to: dimension, mapSize: 3, kind: headKind,
      norm: headNorm, normalise: normalise, on: backend)
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] { stem.parameters + blocks.flatMap(\.parameters) + head.parameters }

  /// frames (N, C, S, S) -> vectors (N, D), without feature maps.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ frames: Tensor, _ tape: Tape) throws -> Encoding {
    var x = try tape.run(MaxPool2DForward(window: 3, stride: 2, padding: 1), [stem(frames, tape)])[0]
    for block in blocks { x = try block(x, tape) }
    return Encoding(vector: try head(x, tape), maps: [])
  }
}

/// y = relu(f(x) + x), f being two 3x3 convolutions. If f changes the shape, a 1x1 convolution changes x likewise.
private struct BasicBlock: MapLayer {
  private let first: NormalisedLayer
  private let second: NormalisedLayer
  private let shortcut: NormalisedLayer?

  init(_ name: String, from inputs: Int, to outputs: Int, stride: Int) {
    first = .convolution(
      name + ".conv1", name + ".bn1", from: inputs, to: outputs, window: 3, stride: stride, padding: 1,
      activation: .relu)
    second = .convolution(
      name + ".conv2", name + ".bn2", from: outputs, to: outputs, window: 3, padding: 1, activation: .identity)
    shortcut =
      stride == 1 && inputs == outputs
      ? nil
      : .convolution(
        name + ".downsample.0", name + ".downsample.1", from: inputs, to: outputs, window: 1, stride: stride,
        activation: .identity)
  }

  var parameters: [Parameter] { first.parameters + second.parameters + (shortcut?.parameters ?? []) }

  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> Tensor {
    let residual = try second(first(x, tape), tape)
    return try tape.run(Add(activation: .relu), [residual, shortcut?(x, tape) ?? x])[0]
  }
}

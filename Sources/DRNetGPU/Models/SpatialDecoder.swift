import TensorEngine

/// A decoder that knows its places: at each of 8 x 8 places, waves of the place's coordinates and the pose choose what of
/// the content is drawn there; transposed convolutions then make the frame.
///
/// s = sin(w [pose, coordinates] + b), m = hidden(s), x = leaky(norm(m * gate(content))), then a 1 x 1 convolution and
/// levels that double the size. A decoder that begins with one transposed convolution of [content, pose] must learn every
/// object at every place apart. Coordinates as input channels: Watters et al. 2019 (spatial broadcast decoder). Sines of
/// them: Sitzmann et al. 2020 (SIREN). Gating features by a vector: Perez et al. 2018 (FiLM).
///
/// Content (N, content) and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
public struct SpatialDecoder: FrameDecoder {
  private let place: Conv2D
  private let hidden: NormalisedLayer
  private let gate: Conv2D
  private let gateNorm: BatchNorm
  private let mix: NormalisedLayer
  private let levels: [NormalisedLayer]
  private let last: ConvTranspose2D
  /// (1, 2, 8, 8): y and x of the centre of each place.
  private let coordinates: Tensor

  /// Places in a row, and rows.
  static let places = 8
  /// Coordinates reach from minus to plus this: about one period of a wave of weight 1.
  static let reach: Float = 3

  /// - Parameters:
  ///   - imageSize: S, 64 or 128.
  ///   - contentDim: length of a content vector.
  ///   - poseDim: length of a pose vector.
  ///   - channels: C, 1 (grey) or 3 (RGB).
  ///   - width: filters of the last hidden layer; earlier levels have twice as many, the places 8 times as many.
  ///   - backend: allocates the parameters.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(
    imageSize: Int, contentDim: Int, poseDim: Int, channels: Int, width: Int, on backend: any Backend
  ) throws {
    let activation = Activation.leakyReLU(slope: 0.2)
    let filters = 8 * width
    place = Conv2D(
      "place", from: poseDim + 2, to: filters, window: 1, initialisation: .normal(mean: 0, deviation: 1),
      biasInitialisation: .uniform(bound: .pi))
    hidden = .convolution("hidden.0", "hidden.1", from: filters, to: filters, window: 1, activation: activation)
    gate = Conv2D("gate", from: contentDim, to: filters, window: 1)
    gateNorm = BatchNorm("gate_norm", channels: filters, activation: activation)
    mix = .convolution("mix.0", "mix.1", from: filters, to: filters, window: 1, activation: activation)
    let doublings = (imageSize / Self.places).trailingZeroBitCount - 1
    let sizes = [filters] + Pyramid.filters(doublings, width: width).reversed()
    levels = (0..<doublings).map { level in
      .transposed(
        "up\(level + 1).main.0", "up\(level + 1).main.1", from: sizes[level], to: sizes[level + 1], window: 4,
        stride: 2,
        padding: 1, activation: activation)
    }
    last = ConvTranspose2D("last", from: width, to: channels, window: 4, stride: 2, padding: 1)
    coordinates = try backend.upload(Self.grid(), as: .features)
    try allocateParameters(on: backend)
  }

  /// From the first layer to the last.
  public var parameters: [Parameter] {
    place.parameters + hidden.parameters + gate.parameters + gateNorm.parameters + mix.parameters + levels.parameters
      + last.parameters
  }

  /// Content of N frames and pose (N, pose) -> frames (N, C, S, S) in (0, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(content: Encoding, pose: Tensor, _ tape: Tape) throws -> Tensor {
    func everywhere(_ x: Tensor) throws -> Tensor {
      try tape.upsampleNearest(x, factor: Self.places)
    }
    let waves = try tape.sine(place(tape.concatenate(everywhere(tape.asMap(pose)), coordinates), tape))
    let gates = try everywhere(gate(tape.asMap(content.vector), tape))
    var x = try tape.multiply(hidden(waves, tape), gates)
    x = try levels(mix(gateNorm(x, tape), tape), tape)
    return try tape.activation(.sigmoid, last(x, tape))
  }

  private static func grid() -> HostTensor {
    let axis = (0..<places).map { ((Float($0) + 0.5) / Float(places) * 2 - 1) * reach }
    let rows = axis.flatMap { y in axis.map { _ in y } }
    let columns = axis.flatMap { _ in axis }
    return HostTensor([1, 2, places, places], rows + columns)
  }
}

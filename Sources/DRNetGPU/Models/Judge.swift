import TensorEngine

/// A supervised classifier of clips, by which papers on sequential disentanglement judge decoded clips (Li and Mandt 2018 and
/// those after): the dcgan encoder on each frame, an LSTM over the frames in order and another in reverse, and for each class
/// two linear layers, with ReLU between them, on the last states of both.
public struct Judge: Module {
  /// What decides the shapes of the parameters.
  public struct Sizes: Equatable, Sendable {
    /// Height and width of a frame in pixels: 64 or 128.
    public var imageSize: Int
    /// Channels of a frame: 1 (grey) or 3 (RGB).
    public var channels: Int
    /// Filters of the encoder's first layer.
    public var width: Int
    /// D, the length of a frame's features.
    public var features = 128
    /// H, the hidden units of each LSTM.
    public var hidden = 256
    /// The number of values of each class.
    public var classes: [Int]

    /// Sizes with the published D and H, which the properties explain.
    public init(imageSize: Int, channels: Int, width: Int, classes: [Int]) {
      (self.imageSize, self.channels, self.width, self.classes) = (imageSize, channels, width, classes)
    }
  }

  /// The sizes that the judge was built with.
  public let sizes: Sizes
  private let encoder: DCGANEncoder
  /// Over the frames in order.
  private let forwards: LSTMLayer
  /// Over the frames from the last to the first.
  private let backwards: LSTMLayer
  /// One for each class.
  private let heads: [MultilayerPerceptron]

  /// Allocates the network; parameters are undefined until `initialise` or a file sets them.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(_ sizes: Sizes, on backend: any Backend) throws {
    self.sizes = sizes
    encoder = try DCGANEncoder(
      imageSize: sizes.imageSize, channels: sizes.channels, width: sizes.width, dimension: sizes.features,
      normalise: false, on: backend)
    forwards = LSTMLayer("lstm.0", from: sizes.features, size: sizes.hidden)
    backwards = LSTMLayer("lstm.1", from: sizes.features, size: sizes.hidden)
    heads = sizes.classes.enumerated().map { index, values in
      MultilayerPerceptron("heads.\(index)", sizes: [2 * sizes.hidden, sizes.hidden, values])
    }
    // The encoder's parameters move to one block of memory with the others.
    try allocateParameters(on: backend)
  }

  /// The encoder's, the LSTMs' and the heads'.
  public var parameters: [Parameter] {
    encoder.parameters + forwards.parameters + backwards.parameters + heads.flatMap(\.parameters)
  }

  /// The state of an LSTM before the first frame: zeros, (N, H), with N = `clips`.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func initialState(clips: Int, on backend: any Backend) throws -> LSTMState {
    try .zero(batch: clips, size: sizes.hidden, on: backend)
  }

  /// T frames of N clips -> the logits of each class, (N, K) each.
  /// - Parameters:
  ///   - frames: (T N, C, S, S): N rows for the first frame, then N for the second, and so on.
  ///   - initial: the state of both LSTMs before their first frame, (N, H).
  ///   - tape: runs the ops and records them for the backward pass.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func callAsFunction(_ frames: Tensor, from initial: LSTMState, _ tape: Tape) throws -> [Tensor] {
    let clips = initial.hidden.shape.batch
    let count = frames.shape.batch / clips
    let features = try encoder(frames, tape).vector
    func frame(_ index: Int, of rows: Tensor) throws -> Tensor {
      try tape.run(SliceRows(first: index * clips, count: clips), [rows])[0]
    }
    let reversed = try tape.run(StackRows(), (0..<count).reversed().map { try frame($0, of: features) })[0]
    let last = try [(forwards, features), (backwards, reversed)].map { lstm, inputs in
      try frame(count - 1, of: lstm(inputs, from: initial, tape).hidden)
    }
    let states = try tape.concatenate(last[0], last[1])
    return try heads.map { try $0(states, tape) }
  }
}

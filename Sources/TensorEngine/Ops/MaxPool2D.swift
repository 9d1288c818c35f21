/// y = the largest element of each window of x; places = its position in the window, row * window + column.
///
/// x: (N, C, H, W); y, places: (N, C, OH, OW). Windows are clipped at the border. Of equal elements the first in
/// row-major order counts, and NaN counts as largest, as in PyTorch. Only y carries a gradient.
public struct MaxPool2DForward: DifferentiableOp {
  public static let name = OpName.maxPool2DForward
  public var window: Int
  public var stride: Int
  public var padding: Int

  public init(window: Int, stride: Int, padding: Int = 0) {
    precondition(stride > 0 && (0...window / 2).contains(padding), "a window of \(window) padded by \(padding)")
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features x")
    let x = inputs[0].shape
    let y = TensorType.features(
      x.batch, x.channels, Convolution.extent(x.height, window: window, stride, padding),
      Convolution.extent(x.width, window: window, stride, padding))
    return [y, y]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (from, to) = (inputs[0].shape, outputs[0].shape)
    let (x, y, places) = (inputs[0].base, outputs[0].base, outputs[1].base)
    parallelFor(to.batch * to.channels) { range in
      for plane in range {
        let x = x + plane * from.height * from.width
        for o in 0..<to.height {
          for p in 0..<to.width {
            let (top, left) = (o * stride - padding, p * stride - padding)
            var (best, place) = (-Scalar.infinity, 0)
            for row in max(top, 0)..<min(top + window, from.height) {
              for column in max(left, 0)..<min(left + window, from.width) {
                let value = x[row * from.width + column]
                if value > best || value.isNaN { (best, place) = (value, (row - top) * window + column - left) }
              }
            }
            let at = (plane * to.height + o) * to.width + p
            y[at] = best
            places[at] = Scalar(place)
          }
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "max_pool2d_forward", ["x": .input(0), "y": .output(0), "places": .output(1)],
        [
          "y_height": .int(y.shape.height), "y_width": .int(y.shape.width), "window": .int(window),
          "stride": .int(stride), "padding": .int(padding),
        ], x: inputs[0], y: y,
        over: y, on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    let x = type(inputs[0]).shape
    let backward = MaxPool2DBackward(
      window: window, stride: stride, padding: padding, height: x.height, width: x.width)
    return try run(backward, [gradY, outputs[1]])
  }

  public static var parityCases: [ParityCase] {
    poolingCases.map { ParityCase($0.name, $0.op, [$0.x]) }
  }
}

/// gradX of an element = the sum of gradY over those windows of `MaxPool2DForward` in which it is the largest element.
///
/// gradY, places: (N, C, OH, OW); gradX: (N, C, height, width).
public struct MaxPool2DBackward: Op {
  public static let name = OpName.maxPool2DBackward
  public var window: Int
  public var stride: Int
  public var padding: Int
  public var height: Int
  public var width: Int

  public init(window: Int, stride: Int, padding: Int = 0, height: Int, width: Int) {
    self.window = window
    self.stride = stride
    self.padding = padding
    self.height = height
    self.width = width
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes gradY and places of one type")
    return [.features(inputs[0].shape.batch, inputs[0].shape.channels, height, width)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let from = inputs[0].shape
    let (gradY, places, gradX) = (inputs[0].base, inputs[1].base, outputs[0].base)
    parallelFor(from.batch * from.channels) { range in
      for plane in range {
        let gradX = gradX + plane * height * width
        gradX.update(repeating: 0, count: height * width)
        for o in 0..<from.height {
          for p in 0..<from.width {
            let at = (plane * from.height + o) * from.width + p
            // Places that do not come from a forward pass may lie outside of the map.
            let place = Int(places[at])
            let row = o * stride - padding + place / window
            let column = p * stride - padding + place % window
            guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
            gradX[row * width + column] += gradY[at]
          }
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let (x, y) = (outputTypes(inputs)[0], inputs[0])
    return LaunchPlan([
      .betweenSizes(
        "max_pool2d_backward", ["grad_y": .input(0), "places": .input(1), "grad_x": .output(0)],
        [
          "y_height": .int(y.shape.height), "y_width": .int(y.shape.width), "window": .int(window),
          "stride": .int(stride), "padding": .int(padding),
        ], x: x, y: y, over: x,
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    poolingCases.map { name, op, x in
      let backward = MaxPool2DBackward(
        window: op.window, stride: op.stride, padding: op.padding, height: x.shape.height, width: x.shape.width)
      let y = op.outputTypes([x])[0]
      let places = op.window * op.window
      return ParityCase(
        name, backward, [y, y], draws: [1: .wholeNumbers(below: places)], tolerance: .sum(of: places))
    }
  }
}

private let poolingCases: [(name: String, op: MaxPool2DForward, x: TensorType)] = [
  ("one element", MaxPool2DForward(window: 1, stride: 1), .features(1, 1, 1, 1)),
  ("odd maps", MaxPool2DForward(window: 3, stride: 2, padding: 1), .features(3, 5, 7, 11)),
  ("colour", MaxPool2DForward(window: 2, stride: 2), .features(2, 3, 6, 5)),
  ("to one pixel", MaxPool2DForward(window: 2, stride: 2), .features(2, 17, 2, 3)),
  ("windows apart", MaxPool2DForward(window: 2, stride: 3), .features(2, 4, 8, 7)),
  ("windows side by side, ragged channels", MaxPool2DForward(window: 3, stride: 1, padding: 1), .features(2, 21, 5, 4)),
  ("a level of vgg", MaxPool2DForward(window: 2, stride: 2), .features(4, 64, 16, 16)),
  ("the stem of resnet-18", MaxPool2DForward(window: 3, stride: 2, padding: 1), .features(4, 64, 33, 33)),
]

extension KernelLaunch {
  /// A kernel between maps x and y of different sizes. An item processes rows of one
  /// of them, `over`, in a group of channels. Arguments: the tensors, the number of
  /// rows, the rows per item, channels, height and width of x, and the `others`.
  static func betweenSizes(
    _ kernel: String, _ tensors: KernelArguments, _ others: KernelArguments, x: TensorType, y: TensorType,
    over: TensorType, on device: DeviceTraits
  ) -> KernelLaunch {
    let features = DeviceFeatures(over)
    let run = device.run(of: features.rows, vectors: max(x.shape.width, y.shape.width))
    var defines = device.laneDefines(for: over)
    defines["HALF"] = nil
    for (name, type) in [("X_HALF", x), ("Y_HALF", y)] where device.storesHalf(type) { defines[name] = "1" }
    return KernelLaunch(
      kernel, defines: defines,
      tensors + ["rows": .int(features.rows), "rows_per_item": .int(run)] + DeviceFeatures(x).geometry + others,
      over: [features.rows.dividedRoundingUp(by: run), device.channelGroups(of: over)],
      groups: device.groups(rank: 2))
  }
}

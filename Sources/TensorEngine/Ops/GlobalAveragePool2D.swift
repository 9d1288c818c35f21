/// y[n,c] = the mean of x[n,c] over its pixels (torch.nn.AdaptiveAvgPool2d(1)).
///
/// x: (N, C, H, W); y: (N, C, 1, 1).
public struct GlobalAveragePool2DForward: DifferentiableOp {
  public static let name = OpName.globalAveragePool2DForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features x")
    return [.features(inputs[0].shape.batch, inputs[0].shape.channels, 1, 1)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let pixels = inputs[0].shape.height * inputs[0].shape.width
    for plane in 0..<outputs[0].count {
      let x = inputs[0].base + plane * pixels
      outputs[0][plane] = Scalar(sumInDouble(pixels) { Double(x[$0]) } / Double(pixels))
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "global_average_pool2d_forward", ["x": .input(0), "y": .output(0)], [:], x: inputs[0], y: y, over: y, on: device
      )
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    let x = type(inputs[0]).shape
    return try run(GlobalAveragePool2DBackward(height: x.height, width: x.width), [gradY])
  }

  public static var parityCases: [ParityCase] {
    averageCases.map { name, x in
      ParityCase(name, GlobalAveragePool2DForward(), [x], tolerance: .sum(of: x.shape.height * x.shape.width))
    }
  }
}

/// gradX[n,c,i,j] = gradY[n,c] / (height * width).
///
/// gradY: (N, C, 1, 1); gradX: (N, C, height, width).
public struct GlobalAveragePool2DBackward: Op {
  public static let name = OpName.globalAveragePool2DBackward
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].isVectors, "\(Self.name) takes gradY (N, C, 1, 1)")
    return [.features(inputs[0].shape.batch, inputs[0].shape.channels, height, width)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let pixels = height * width
    for plane in 0..<inputs[0].count {
      (outputs[0].base + plane * pixels).update(repeating: inputs[0][plane] / Scalar(pixels), count: pixels)
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let x = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "global_average_pool2d_backward", ["grad_y": .input(0), "grad_x": .output(0)], [:], x: x, y: inputs[0], over: x,
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    averageCases.map { name, x in
      ParityCase(
        name, GlobalAveragePool2DBackward(height: x.shape.height, width: x.shape.width),
        [.features(x.shape.batch, x.shape.channels, 1, 1)])
    }
  }
}

private let averageCases: [(name: String, x: TensorType)] = [
  ("one element", .features(1, 1, 1, 1)), ("odd maps", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 6, 5)),
  ("ragged channels", .features(2, 21, 5, 4)), ("last map of an encoder", .features(32, 128, 4, 4)),
]

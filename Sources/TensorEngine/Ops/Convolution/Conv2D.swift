/// y[n,k,oy,ox] = b[k] + sum over c, r, s of x[n,c,oy*stride-padding+r,ox*stride-padding+s] * w[k,c,r,s].
///
/// Inputs x (N, C, H, W), w (K, C, R, S), b (K); output y (N, K, OH, OW).
public struct Conv2DForward: DifferentiableOp {
  public static let name = OpName.conv2DForward
  public var stride: Int
  public var padding: Int

  public init(stride: Int, padding: Int) {
    self.stride = stride
    self.padding = padding
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let (x, w) = (inputs[0].shape, inputs[1].shape)
    return [
      .features(
        x.batch, w[0], Convolution.extent(x.height, window: w.height, stride, padding),
        Convolution.extent(x.width, window: w.width, stride, padding))
    ]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[0].shape, w: inputs[1].shape, y: outputs[0].shape, stride: stride, padding: padding)
      .forward(x: inputs[0], w: inputs[1], bias: inputs[2], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0].shape
    return Convolution(x: inputs[0].shape, w: inputs[1].shape, y: y, stride: stride, padding: padding)
      .planForward(hasBias: true, on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: outputTypes(inputs)[0], w: inputs[1])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradY = outputGradients[0] else { return [nil, nil, nil] }
    let (x, w) = (type(inputs[0]).shape, type(inputs[1]).shape)
    let gradX = Conv2DBackwardInput(stride: stride, padding: padding, height: x.height, width: x.width)
    let gradW = Conv2DBackwardWeight(
      stride: stride, padding: padding, windowHeight: w.height, windowWidth: w.width)
    return [
      wanted[0] ? try run(gradX, [gradY, inputs[1]])[0] : nil,
      wanted[1] ? try run(gradW, [inputs[0], gradY])[0] : nil,
      wanted[2] ? try run(BiasBackward(), [gradY])[0] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.all.map {
      ParityCase(
        $0.name, Conv2DForward(stride: $0.stride, padding: $0.padding),
        [TensorType($0.x, .features), TensorType($0.w, .filter), .channels($0.w[0])],
        tolerance: .runningSum(of: $0.w.count / $0.w[0] + 1))
    }
  }
}

/// The gradient of a convolution with respect to x.
///
/// Inputs gradY (N, K, OH, OW), w (K, C, R, S); output gradX (N, C, height, width).
public struct Conv2DBackwardInput: Op {
  public static let name = OpName.conv2DBackwardInput
  public var stride: Int
  public var padding: Int
  public var height: Int
  public var width: Int

  public init(stride: Int, padding: Int, height: Int, width: Int) {
    self.stride = stride
    self.padding = padding
    self.height = height
    self.width = width
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [.features(inputs[0].shape.batch, inputs[1].shape[1], height, width)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: outputs[0].shape, w: inputs[1].shape, y: inputs[0].shape, stride: stride, padding: padding)
      .backwardInput(gradY: inputs[0], w: inputs[1], bias: nil, into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let x = outputTypes(inputs)[0].shape
    return Convolution(x: x, w: inputs[1].shape, y: inputs[0].shape, stride: stride, padding: padding)
      .planBackwardInput(hasBias: false, on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.all.map {
      ParityCase(
        $0.name,
        Conv2DBackwardInput(stride: $0.stride, padding: $0.padding, height: $0.x.height, width: $0.x.width),
        [TensorType($0.y, .features), TensorType($0.w, .filter)],
        tolerance: .runningSum(of: $0.w.count / $0.w[1]))
    }
  }
}

/// The gradient of a convolution with respect to w.
///
/// Inputs x (N, C, H, W), gradY (N, K, OH, OW); output gradW (K, C, windowHeight, windowWidth).
public struct Conv2DBackwardWeight: Op {
  public static let name = OpName.conv2DBackwardWeight
  public var stride: Int
  public var padding: Int
  public var windowHeight: Int
  public var windowWidth: Int

  public init(stride: Int, padding: Int, windowHeight: Int, windowWidth: Int) {
    self.stride = stride
    self.padding = padding
    self.windowHeight = windowHeight
    self.windowWidth = windowWidth
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [.filter(inputs[1].shape.channels, inputs[0].shape.channels, windowHeight, windowWidth)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[0].shape, w: outputs[0].shape, y: inputs[1].shape, stride: stride, padding: padding)
      .backwardWeight(x: inputs[0], gradY: inputs[1], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let w = outputTypes(inputs)[0].shape
    return Convolution(x: inputs[0].shape, w: w, y: inputs[1].shape, stride: stride, padding: padding)
      .planBackwardWeight(x: .input(0), gradY: .input(1), on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[1], w: outputTypes(inputs)[0])
  }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.all.map {
      ParityCase(
        $0.name,
        Conv2DBackwardWeight(
          stride: $0.stride, padding: $0.padding, windowHeight: $0.w.height, windowWidth: $0.w.width),
        [TensorType($0.x, .features), TensorType($0.y, .features)],
        tolerance: .runningSum(of: $0.y.batch * $0.y.height * $0.y.width))
    }
  }
}

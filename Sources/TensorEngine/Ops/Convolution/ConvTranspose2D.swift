/// A transposed convolution, the gradient of a convolution with respect to its input: a pixel of x adds a window to y.
///
/// Inputs x (N, Cin, H, W), w (Cin, Cout, R, S), b (Cout); output y (N, Cout, H', W'),
/// H' = (H-1)*stride - 2*padding + R.
public struct ConvTranspose2DForward: DifferentiableOp {
  public static let name = OpName.convTranspose2DForward
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
        x.batch, w[1], Convolution.transposedExtent(x.height, window: w.height, stride, padding),
        Convolution.transposedExtent(x.width, window: w.width, stride, padding))
    ]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: outputs[0].shape, w: inputs[1].shape, y: inputs[0].shape, stride: stride, padding: padding)
      .backwardInput(gradY: inputs[0], w: inputs[1], bias: inputs[2], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0].shape
    return Convolution(x: y, w: inputs[1].shape, y: inputs[0].shape, stride: stride, padding: padding)
      .planBackwardInput(hasBias: true, on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradY = outputGradients[0] else { return [nil, nil, nil] }
    let w = type(inputs[1]).shape
    let gradX = ConvTranspose2DBackwardInput(stride: stride, padding: padding)
    let gradW = ConvTranspose2DBackwardWeight(
      stride: stride, padding: padding, windowHeight: w.height, windowWidth: w.width)
    return [
      wanted[0] ? try run(gradX, [gradY, inputs[1]])[0] : nil,
      wanted[1] ? try run(gradW, [inputs[0], gradY])[0] : nil,
      wanted[2] ? try run(BiasBackward(), [gradY])[0] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.transposable.map {
      ParityCase(
        $0.name, ConvTranspose2DForward(stride: $0.stride, padding: $0.padding),
        [TensorType($0.y, .features), TensorType($0.w, .filter), .channels($0.w[1])],
        tolerance: .runningSum(of: $0.w.count / $0.w[1] + 1))
    }
  }
}

/// The gradient of a transposed convolution with respect to x: a convolution of gradY.
///
/// Inputs gradY (N, Cout, H', W'), w (Cin, Cout, R, S); output gradX (N, Cin, H, W).
public struct ConvTranspose2DBackwardInput: Op {
  public static let name = OpName.convTranspose2DBackwardInput
  public var stride: Int
  public var padding: Int

  public init(stride: Int, padding: Int) {
    self.stride = stride
    self.padding = padding
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let (gradY, w) = (inputs[0].shape, inputs[1].shape)
    return [
      .features(
        gradY.batch, w[0], Convolution.extent(gradY.height, window: w.height, stride, padding),
        Convolution.extent(gradY.width, window: w.width, stride, padding))
    ]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[0].shape, w: inputs[1].shape, y: outputs[0].shape, stride: stride, padding: padding)
      .forward(x: inputs[0], w: inputs[1], bias: nil, into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let gradX = outputTypes(inputs)[0].shape
    return Convolution(x: inputs[0].shape, w: inputs[1].shape, y: gradX, stride: stride, padding: padding)
      .planForward(hasBias: false, on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: outputTypes(inputs)[0], w: inputs[1])
  }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.transposable.map {
      ParityCase(
        $0.name, ConvTranspose2DBackwardInput(stride: $0.stride, padding: $0.padding),
        [TensorType($0.x, .features), TensorType($0.w, .filter)],
        tolerance: .runningSum(of: $0.w.count / $0.w[0]))
    }
  }
}

/// The gradient of a transposed convolution with respect to w.
///
/// Inputs x (N, Cin, H, W), gradY (N, Cout, H', W'); output gradW (Cin, Cout, windowHeight, windowWidth).
public struct ConvTranspose2DBackwardWeight: Op {
  public static let name = OpName.convTranspose2DBackwardWeight
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
    [.filter(inputs[0].shape.channels, inputs[1].shape.channels, windowHeight, windowWidth)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[1].shape, w: outputs[0].shape, y: inputs[0].shape, stride: stride, padding: padding)
      .backwardWeight(x: inputs[1], gradY: inputs[0], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let w = outputTypes(inputs)[0].shape
    return Convolution(x: inputs[1].shape, w: w, y: inputs[0].shape, stride: stride, padding: padding)
      .planBackwardWeight(x: .input(1), gradY: .input(0), on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[0], w: outputTypes(inputs)[0])
  }

  public static var parityCases: [ParityCase] {
    ConvolutionCase.transposable.map {
      ParityCase(
        $0.name,
        ConvTranspose2DBackwardWeight(
          stride: $0.stride, padding: $0.padding, windowHeight: $0.w.height, windowWidth: $0.w.width),
        [TensorType($0.y, .features), TensorType($0.x, .features)],
        tolerance: .runningSum(of: $0.y.batch * $0.y.height * $0.y.width))
    }
  }
}

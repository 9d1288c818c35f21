/// y[n,k] = b[k] + sum over c of x[n,c] * w[k,c].
///
/// Inputs x (N, C), w (K, C), b (K); output y (N, K).
public struct LinearForward: DifferentiableOp {
  public static let name = OpName.linearForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [.features(inputs[0].shape.batch, inputs[1].shape[0])]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[0].shape, w: inputs[1].shape, y: outputs[0].shape)
      .forward(x: inputs[0], w: inputs[1], bias: inputs[2], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    Convolution(x: inputs[0].shape, w: inputs[1].shape, y: outputTypes(inputs)[0].shape)
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
    return [
      wanted[0] ? try run(LinearBackwardInput(), [gradY, inputs[1]])[0] : nil,
      wanted[1] ? try run(LinearBackwardWeight(), [inputs[0], gradY])[0] : nil,
      wanted[2] ? try run(BiasBackward(), [gradY])[0] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    LinearCase.all.map {
      ParityCase(
        $0.name, LinearForward(),
        [.features($0.batch, $0.inputs), .filter($0.outputs, $0.inputs), .channels($0.outputs)],
        tolerance: .runningSum(of: $0.inputs + 1))
    }
  }
}

/// The gradient of a linear layer with respect to x.
///
/// Inputs gradY (N, K), w (K, C); output gradX (N, C).
public struct LinearBackwardInput: Op {
  public static let name = OpName.linearBackwardInput

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [.features(inputs[0].shape.batch, inputs[1].shape[1])]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: outputs[0].shape, w: inputs[1].shape, y: inputs[0].shape)
      .backwardInput(gradY: inputs[0], w: inputs[1], bias: nil, into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    Convolution(x: outputTypes(inputs)[0].shape, w: inputs[1].shape, y: inputs[0].shape)
      .planBackwardInput(hasBias: false, on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }

  public static var parityCases: [ParityCase] {
    LinearCase.all.map {
      ParityCase(
        $0.name, LinearBackwardInput(), [.features($0.batch, $0.outputs), .filter($0.outputs, $0.inputs)],
        tolerance: .runningSum(of: $0.outputs))
    }
  }
}

/// The gradient of a linear layer with respect to w.
///
/// Inputs x (N, C), gradY (N, K); output gradW (K, C).
public struct LinearBackwardWeight: Op {
  public static let name = OpName.linearBackwardWeight

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [.filter(inputs[1].shape.channels, inputs[0].shape.channels)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    Convolution(x: inputs[0].shape, w: outputs[0].shape, y: inputs[1].shape)
      .backwardWeight(x: inputs[0], gradY: inputs[1], into: outputs[0])
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    Convolution(x: inputs[0].shape, w: outputTypes(inputs)[0].shape, y: inputs[1].shape)
      .planBackwardWeight(x: .input(0), gradY: .input(1), on: device)
  }

  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[1], w: outputTypes(inputs)[0])
  }

  public static var parityCases: [ParityCase] {
    LinearCase.all.map {
      ParityCase(
        $0.name, LinearBackwardWeight(), [.features($0.batch, $0.inputs), .features($0.batch, $0.outputs)],
        tolerance: .runningSum(of: $0.batch))
    }
  }
}

/// Sizes of linear layers for the tests.
private struct LinearCase {
  var name: String
  var batch: Int
  var inputs: Int
  var outputs: Int

  static let all = [
    LinearCase(name: "one element", batch: 1, inputs: 1, outputs: 1),
    LinearCase(name: "odd extents", batch: 3, inputs: 5, outputs: 7),
    LinearCase(name: "past a block", batch: 7, inputs: 17, outputs: 33),
    LinearCase(name: "one output, batch past a tile", batch: 33, inputs: 40, outputs: 1),
    LinearCase(name: "scene discriminator's first", batch: 32, inputs: 10, outputs: 100),
    LinearCase(name: "pose LSTM's embedding", batch: 8, inputs: 69, outputs: 256),
    LinearCase(name: "pose LSTM's gates", batch: 8, inputs: 256, outputs: 1024),
  ]
}

/// An elementwise function that ends a layer.
public enum Activation: Hashable, Codable, Sendable {
  case identity
  /// z if z > 0, else slope * z; the slope is not negative.
  case leakyReLU(slope: Float)
  case relu
  case tanh
  case sigmoid
}

extension ReferenceScalar {
  /// 1 / (1 + exp(-x)).
  @inline(__always)
  static func logistic(_ x: Self) -> Self { 1 / (1 + exp(-x)) }
}

extension Activation {
  /// The slope below zero; nil for functions that are not piecewise linear.
  var slopeBelowZero: Float? {
    switch self {
    case .identity: 1
    case .leakyReLU(let slope): slope
    case .relu: 0
    case .tanh, .sigmoid: nil
    }
  }

  /// y[i] = f(z(i)) for `0..<count`.
  @inline(__always)
  func apply<S: ReferenceScalar>(_ count: Int, into y: UnsafeMutablePointer<S>, _ z: (Int) -> S) {
    switch self {
    case .tanh: for i in 0..<count { y[i] = S.tanh(z(i)) }
    case .sigmoid: for i in 0..<count { y[i] = S.logistic(z(i)) }
    case .identity, .leakyReLU, .relu:
      let slope = S(slopeBelowZero ?? 1)
      for i in 0..<count {
        let value = z(i)
        y[i] = value > 0 ? value : slope * value
      }
    }
  }

  /// gradX[i] = gradY[i] * f'(z), with f' taken from y(i) = f(z).
  @inline(__always)
  func pullBack<S: ReferenceScalar>(
    _ count: Int, _ gradY: UnsafePointer<S>, into gradX: UnsafeMutablePointer<S>, output y: (Int) -> S
  ) {
    switch self {
    case .tanh: for i in 0..<count { gradX[i] = gradY[i] * (1 - y(i) * y(i)) }
    case .sigmoid: for i in 0..<count { gradX[i] = gradY[i] * y(i) * (1 - y(i)) }
    case .identity, .leakyReLU, .relu:
      let slope = S(slopeBelowZero ?? 1)
      for i in 0..<count { gradX[i] = y(i) > 0 ? gradY[i] : slope * gradY[i] }
    }
  }

  /// The same, from z(i). For a piecewise linear f only the sign matters, and z has the sign of f(z).
  @inline(__always)
  func pullBack<S: ReferenceScalar>(
    _ count: Int, _ gradY: UnsafePointer<S>, into gradX: UnsafeMutablePointer<S>, input z: (Int) -> S
  ) {
    switch self {
    case .tanh: pullBack(count, gradY, into: gradX, output: { S.tanh(z($0)) })
    case .sigmoid: pullBack(count, gradY, into: gradX, output: { S.logistic(z($0)) })
    case .identity, .leakyReLU, .relu: pullBack(count, gradY, into: gradX, output: z)
    }
  }

  /// The kernel arguments that select the function.
  var kernelArguments: KernelArguments {
    switch self {
    case .tanh: ["activation": .int(1), "slope": .float(0)]
    case .sigmoid: ["activation": .int(2), "slope": .float(0)]
    case .identity, .leakyReLU, .relu: ["activation": .int(0), "slope": .float(slopeBelowZero ?? 1)]
    }
  }

  /// All functions, for the tests.
  static let all: [Activation] = [.identity, .leakyReLU(slope: 0.2), .relu, .tanh, .sigmoid]
}

/// y = f(x).   x, y: any role, elementwise; a role other than features only if f(0) = 0.
public struct ActivationForward: DifferentiableOp {
  public static let name = OpName.activationForward
  public var activation: Activation

  public init(activation: Activation) { self.activation = activation }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1, "\(Self.name) takes x")
    precondition(activation != .sigmoid || inputs[0].role == .features, "sigmoid is for features")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, y) = (inputs[0].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      let (x, y) = (x + range.lowerBound, y + range.lowerBound)
      activation.apply(range.count, into: y) { x[$0] }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if activation != .sigmoid {
      return LaunchPlan([
        .flat(
          "activation_forward", ["x": .input(0), "y": .output(0)] + activation.kernelArguments, over: inputs[0],
          on: device)
      ])
    }
    let features = DeviceFeatures(inputs[0])
    if device.sumsInGroups {
      let floats = features.shape.width * BlockedLayout(inputs[0]).featureBlock
      return LaunchPlan([
        KernelLaunch(
          "sigmoid_forward_elements", defines: device.laneDefines(for: inputs[0]),
          ["x": .input(0), "y": .output(0)] + features.geometry, over: [floats, features.rows, features.blocks])
      ])
    }
    let run = device.run(of: features.rows, vectors: 4 * features.shape.width)
    return LaunchPlan([
      KernelLaunch(
        "sigmoid_forward",
        ["x": .input(0), "y": .output(0), "rows": .int(features.rows), "rows_per_item": .int(run)] + features.geometry,
        over: [features.rows.dividedRoundingUp(by: run), features.blocks], groups: device.groups(rank: 2))
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return try run(ActivationBackward(activation: activation), [outputs[0], gradY])
  }

  public static var parityCases: [ParityCase] {
    Activation.all.flatMap { activation in
      [
        ("one element", .features(1, 1)), ("odd", .features(3, 5, 7, 11)), ("grey", .features(2, 1, 9, 7)),
        ("colour", .features(2, 3, 5, 6)), ("vector of 69", .features(5, 69)), ("level", .features(4, 64, 8, 8)),
      ].map { (name: String, x: TensorType) in
        ParityCase("\(activation), \(name)", ActivationForward(activation: activation), [x], draws: [0: .awayFromZero])
      }
    } + [
      ParityCase("frames", ActivationForward(activation: .sigmoid), [.features(32, 3, 64, 64)]),
      ParityCase("code", ActivationForward(activation: .tanh), [.features(32, 128)]),
    ]
  }
}

/// gradX = gradY * f'(x), with f' from y = f(x).   y, gradY, gradX: the type of the forward op's x.
public struct ActivationBackward: Op {
  public static let name = OpName.activationBackward
  public var activation: Activation

  public init(activation: Activation) { self.activation = activation }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "\(Self.name) takes y and gradY of the same type")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (y, gradY, gradX) = (inputs[0].base, inputs[1].base, outputs[0].base)
    parallelFor(inputs[0].count, grain: 16384) { range in
      let first = range.lowerBound
      let y = y + first
      activation.pullBack(range.count, gradY + first, into: gradX + first, output: { y[$0] })
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .flat(
        "activation_backward",
        ["y": .input(0), "grad_y": .input(1), "grad_x": .output(0)] + activation.kernelArguments, over: inputs[0],
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    Activation.all.flatMap { activation in
      [
        ("one element", .features(1, 1)), ("odd", .features(3, 5, 7, 11)), ("colour", .features(2, 3, 5, 6)),
        ("vector of 69", .features(5, 69)), ("level", .features(4, 64, 8, 8)),
      ].map { (name: String, x: TensorType) in
        ParityCase(
          "\(activation), \(name)", ActivationBackward(activation: activation), [x, x], draws: [0: .awayFromZero])
      }
    } + [
      ParityCase(
        "frames", ActivationBackward(activation: .sigmoid), [.features(32, 3, 64, 64), .features(32, 3, 64, 64)])
    ]
  }
}

/// y[n,c,i,j] = x[n,c,i/factor,j/factor].   x: (N, C, H, W); y: (N, C, factor H, factor W).
public struct UpsampleNearest2DForward: DifferentiableOp {
  public static let name = OpName.upsampleNearest2DForward
  public var factor: Int

  public init(factor: Int) {
    precondition(factor > 0, "factor \(factor)")
    self.factor = factor
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features x")
    let x = inputs[0].shape
    return [.features(x.batch, x.channels, x.height * factor, x.width * factor)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, y, width) = (inputs[0].base, outputs[0].base, inputs[0].shape.width)
    // Each row of x gives `factor` rows of y, in all maps.
    parallelFor(outputs[0].count / (width * factor)) { range in
      for row in range {
        for column in 0..<width * factor {
          y[row * width * factor + column] = x[row / factor * width + column / factor]
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "upsample_nearest2d_forward", ["x": .input(0), "y": .output(0)], ["factor": .int(factor)], x: inputs[0], y: y,
        over: y, on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return try run(UpsampleNearest2DBackward(factor: factor), [gradY])
  }

  public static var parityCases: [ParityCase] {
    upsamplingCases.map { name, factor, x in ParityCase(name, UpsampleNearest2DForward(factor: factor), [x]) }
  }
}

/// gradX of a pixel = the sum of gradY over the pixels that it was copied to.   gradY: (N, C, factor H, factor W);
/// gradX: (N, C, H, W).
public struct UpsampleNearest2DBackward: Op {
  public static let name = OpName.upsampleNearest2DBackward
  public var factor: Int

  public init(factor: Int) { self.factor = factor }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features gradY")
    let y = inputs[0].shape
    precondition(
      y.height.isMultiple(of: factor) && y.width.isMultiple(of: factor), "\(y) was not enlarged by \(factor)")
    return [.features(y.batch, y.channels, y.height / factor, y.width / factor)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (gradY, gradX, width) = (inputs[0].base, outputs[0].base, outputs[0].shape.width)
    parallelFor(outputs[0].count / width) { range in
      for row in range {
        for column in 0..<width {
          var sum = 0.0
          for r in 0..<factor {
            let from = gradY + (row * factor + r) * width * factor + column * factor
            for s in 0..<factor { sum += Double(from[s]) }
          }
          gradX[row * width + column] = Scalar(sum)
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let x = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "upsample_nearest2d_backward", ["grad_y": .input(0), "grad_x": .output(0)], ["factor": .int(factor)], x: x,
        y: inputs[0], over: x, on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    upsamplingCases.map { name, factor, x in
      ParityCase(
        name, UpsampleNearest2DBackward(factor: factor), UpsampleNearest2DForward(factor: factor).outputTypes([x]),
        tolerance: .sum(of: factor * factor))
    }
  }
}

private let upsamplingCases: [(name: String, factor: Int, x: TensorType)] = [
  ("one element", 1, .features(1, 1, 1, 1)),
  ("odd maps", 3, .features(3, 5, 7, 11)),
  ("colour", 2, .features(2, 3, 6, 5)),
  ("one pixel", 2, .features(2, 17, 1, 1)),
  ("one grey pixel", 4, .features(2, 1, 1, 1)),
  ("ragged channels", 2, .features(2, 21, 5, 4)),
  ("a level of vgg", 2, .features(4, 64, 8, 8)),
]

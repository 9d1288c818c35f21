/// The profiles of a map: y[n,c,0,j] = the largest element of column j of x, y[n,c,1,i] = that of row i; places = the row,
/// or the column, in which it is.
///
/// x: (N, C, R, R); y, places: (N, C, 2, R). Of equal elements the first counts, and NaN counts as largest, as in PyTorch
/// (torch.max over one axis). Only y carries a gradient. Pooling along whole rows and columns: Hou et al. 2020 (strip
/// pooling), with the mean.
public struct MaxProfiles2DForward: DifferentiableOp {
  public static let name = OpName.maxProfiles2DForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 1 && inputs[0].role == .features && inputs[0].shape.height == inputs[0].shape.width,
      "\(Self.name) takes square features x")
    let x = inputs[0].shape
    let y = TensorType.features(x.batch, x.channels, 2, x.width)
    return [y, y]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = inputs[0].shape.width
    let (x, y, places) = (inputs[0].base, outputs[0].base, outputs[1].base)
    for plane in 0..<inputs[0].shape.batch * inputs[0].shape.channels {
      let x = x + plane * size * size
      for (profile, strides) in [(line: 1, along: size), (line: size, along: 1)].enumerated() {
        for line in 0..<size {
          var (best, place) = (-Scalar.infinity, 0)
          for step in 0..<size {
            let value = x[line * strides.line + step * strides.along]
            if value > best || value.isNaN { (best, place) = (value, step) }
          }
          let at = (plane * 2 + profile) * size + line
          y[at] = best
          places[at] = Scalar(place)
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "max_profiles2d_forward", ["x": .input(0), "y": .output(0), "places": .output(1)], [:], x: inputs[0], y: y,
        over: y, on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradY = outputGradients[0] else { return [nil] }
    return try run(MaxProfiles2DBackward(), [gradY, outputs[1]])
  }

  public static var parityCases: [ParityCase] {
    profileCases.map { ParityCase($0.name, MaxProfiles2DForward(), [$0.x]) }
  }
}

/// gradX[n,c,i,j] = gradY[n,c,0,j] if places[n,c,0,j] is i, plus gradY[n,c,1,i] if places[n,c,1,i] is j.
///
/// gradY, places: (N, C, 2, R), see `MaxProfiles2DForward`; gradX: (N, C, R, R).
public struct MaxProfiles2DBackward: Op {
  public static let name = OpName.maxProfiles2DBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 2 && inputs[0] == inputs[1] && inputs[0].shape.height == 2,
      "\(Self.name) takes gradY and places (N, C, 2, R)")
    let y = inputs[0].shape
    return [.features(y.batch, y.channels, y.width, y.width)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let size = inputs[0].shape.width
    for plane in 0..<inputs[0].shape.batch * inputs[0].shape.channels {
      let (columns, rows) = (plane * 2 * size, (plane * 2 + 1) * size)
      for i in 0..<size {
        for j in 0..<size {
          let fromColumn = inputs[1][columns + j] == Scalar(i) ? inputs[0][columns + j] : 0
          let fromRow = inputs[1][rows + i] == Scalar(j) ? inputs[0][rows + i] : 0
          outputs[0][(plane * size + i) * size + j] = fromColumn + fromRow
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let x = outputTypes(inputs)[0]
    return LaunchPlan([
      .betweenSizes(
        "max_profiles2d_backward", ["grad_y": .input(0), "places": .input(1), "grad_x": .output(0)], [:], x: x,
        y: inputs[0], over: x, on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    profileCases.map { name, x in
      let y = MaxProfiles2DForward().outputTypes([x])[0]
      return ParityCase(
        name, MaxProfiles2DBackward(), [y, y], draws: [1: .wholeNumbers(below: x.shape.width)],
        tolerance: .sum(of: 2))
    }
  }
}

private let profileCases: [(name: String, x: TensorType)] = [
  ("one element", .features(1, 1, 1, 1)), ("odd maps", .features(3, 5, 7, 7)), ("colour", .features(2, 3, 6, 6)),
  ("ragged channels", .features(2, 21, 5, 5)), ("second map of an encoder", .features(8, 32, 16, 16)),
]

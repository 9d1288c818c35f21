/// loss = mean of rho(right difference of e) + mean of rho(downward difference of e), with e = x - target.
///
/// x, target: features of one type; loss: (1). For e (N, C, H, W) the right differences are e[y,x+1] - e[y,x], N C H (W - 1)
/// of them, the downward ones e[y+1,x] - e[y,x], N C (H - 1) W; a mean over none is 0. A difference of e is that of x less
/// that of the target: the loss compares edges, and does not see a constant that is added to a map. The target is a
/// constant: it has no gradient.
///
/// rho(d) = sqrt(d^2 + s^2) - s = d^2 / (sqrt(d^2 + s^2) + s), with s = 1/256: the absolute value, rounded off where
/// differences are less than a level of 8 bits (Charbonnier et al. 1994). |d| itself has no derivative at 0, and next to it
/// a sign that roundings decide, so that devices would disagree on whole gradients.
///
/// Of signed differences (as in Li and Snavely 2018, MegaDepth), not of their magnitudes as in the gradient difference
/// loss of Mathieu et al. 2016: ||right of x| - |right of target|| is also 0 for an edge of the wrong sign, and an x
/// without edges is a maximum between the two from which no gradient leads.
public struct EdgeErrorForward: DifferentiableOp {
  public static let name = OpName.edgeErrorForward
  /// s: below it rho is nearly d^2 / 2s, above it |d|.
  static let smoothing: Float = 1 / 256

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 2 && inputs[0] == inputs[1] && inputs[0].role == .features,
      "\(Self.name) takes features x and target of one type: \(inputs)")
    return [.scalar]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, target, shape) = (inputs[0].base, inputs[1].base, inputs[0].shape)
    let (height, width) = (shape.height, shape.width)
    func error(_ i: Int) -> Double { Double(x[i]) - Double(target[i]) }
    func rho(_ d: Double) -> Double {
      let s = Double(Self.smoothing)
      return d * d / ((d * d + s * s).squareRoot() + s)
    }
    let right = sumInDouble(inputs[0].count) { $0 % width + 1 < width ? rho(error($0 + 1) - error($0)) : 0 }
    let down = sumInDouble(inputs[0].count) {
      $0 / width % height + 1 < height ? rho(error($0 + width) - error($0)) : 0
    }
    let weights = EdgeWeights(shape)
    outputs[0][0] = Scalar(right * weights.right + down * weights.down)
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let weights = EdgeWeights(inputs[0].shape).arguments
    let geometry = MapRows(inputs[0])
    if device.sumsInGroups { return planGrouped(geometry, weights, on: device) }
    let run = device.chunk(of: geometry.rows, vectors: 3 * geometry.vectors)
    let items = geometry.rows.dividedRoundingUp(by: run)
    let sums = items == 1 ? KernelArgument.output(0) : .workspace(0)
    let errors = KernelLaunch(
      "edge_error_sums",
      ["x": .input(0), "target": .input(1), "sums": sums] + weights + geometry.arguments
        + ["rows": .int(geometry.rows), "rows_per_item": .int(run)],
      over: [items], groups: device.groups())
    if items == 1 { return LaunchPlan([errors]) }
    let total = KernelLaunch(
      "loss_from_sums", ["sums": sums, "loss": .output(0), "count": .int(items)], over: [1], groups: device.groups())
    return LaunchPlan([errors, total], workspaces: [items])
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(
    _ geometry: MapRows, _ weights: KernelArguments, on device: DeviceTraits
  ) -> LaunchPlan {
    let groups = device.groups(sharing: geometry.floats)
    let sums: KernelArgument = groups == 1 ? .output(0) : .workspace(0)
    let errors = KernelLaunch.grouped(
      "edge_error_grouped", defines: device.laneDefines(for: geometry.type),
      ["x": .input(0), "target": .input(1), "sums": sums] + weights + geometry.arguments
        + ["count": .int(geometry.floats)],
      [groups])
    if groups == 1 { return LaunchPlan([errors]) }
    let total = KernelLaunch.grouped(
      "loss_from_groups", ["sums": sums, "loss": .output(0), "count": .int(groups)], [1])
    return LaunchPlan([errors, total], workspaces: [groups])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0], let gradLoss = outputGradients[0] else { return [nil, nil] }
    return [try run(EdgeErrorBackward(), [inputs[0], inputs[1], gradLoss])[0], nil]
  }

  public static var parityCases: [ParityCase] {
    edgeCases.map { name, x, magnitude in
      ParityCase(
        name, EdgeErrorForward(), [x, x], draws: edgeDraws(magnitude),
        // A difference is made by three subtractions of numbers below 4 magnitude: 2^-23 of that together, which rho does
        // not magnify. The relative error of sums of positive terms does not grow with their length.
        tolerance: ParityCase.Tolerance(absolute: 5e-7 * magnitude, relative: 2e-6))
    }
  }
}

/// The gradient of `EdgeErrorForward`.
///
/// gradX = gradLoss * (sum over the differences that x's element ends - sum over those that it begins) of
/// psi(difference) / number of such differences, with psi(d) = d / sqrt(d^2 + s^2), the derivative of rho.
///
/// x, target, gradX: features of one type; gradLoss: (1).
public struct EdgeErrorBackward: Op {
  public static let name = OpName.edgeErrorBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == 3 && inputs[0] == inputs[1] && inputs[0].role == .features && inputs[2] == .scalar,
      "\(Self.name) takes features x and target of one type, and gradLoss: \(inputs)")
    return [inputs[0]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (x, target, gradX) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let shape = inputs[0].shape
    let (height, width) = (shape.height, shape.width)
    let weights = EdgeWeights(shape)
    let (right, down) = (inputs[2][0] * Scalar(weights.right), inputs[2][0] * Scalar(weights.down))
    let s = Scalar(EdgeErrorForward.smoothing)
    func psi(from first: Int, to second: Int) -> Scalar {
      let d = (x[second] - target[second]) - (x[first] - target[first])
      return d / (d * d + s * s).squareRoot()
    }
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range {
        let (row, column) = (i / width % height, i % width)
        var (horizontal, vertical): (Scalar, Scalar) = (0, 0)
        if column > 0 { horizontal += psi(from: i - 1, to: i) }
        if column + 1 < width { horizontal -= psi(from: i, to: i + 1) }
        if row > 0 { vertical += psi(from: i - width, to: i) }
        if row + 1 < height { vertical -= psi(from: i, to: i + width) }
        gradX[i] = right * horizontal + down * vertical
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let geometry = MapRows(inputs[0])
    let arguments: KernelArguments =
      ["x": .input(0), "target": .input(1), "grad_loss": .input(2), "grad_x": .output(0)]
      + EdgeWeights(inputs[0].shape).arguments + geometry.arguments
    if device.sumsInGroups {
      return LaunchPlan([
        .byElements(
          "edge_error_backward_elements", defines: device.laneDefines(for: inputs[0]),
          arguments + ["count": .int(geometry.floats)], count: geometry.floats)
      ])
    }
    let run = device.run(of: geometry.rows, vectors: 3 * geometry.vectors)
    return LaunchPlan([
      KernelLaunch(
        "edge_error_backward", arguments + ["rows": .int(geometry.rows), "rows_per_item": .int(run)],
        over: [geometry.rows.dividedRoundingUp(by: run)], groups: device.groups())
    ])
  }

  public static var parityCases: [ParityCase] {
    edgeCases.map { name, x, magnitude in
      let weights = EdgeWeights(x.shape)
      // psi magnifies the error of a difference by 1 / s at most, and adds roundings of its own to a value below 1. An
      // element has two differences in each direction.
      let error = 5e-7 * magnitude / EdgeErrorForward.smoothing + 8e-7
      return ParityCase(
        name, EdgeErrorBackward(), [x, x, .scalar], draws: edgeDraws(magnitude),
        tolerance: ParityCase.Tolerance(
          absolute: 2 * Float(weights.right + weights.down) * error, relative: 2e-6))
    }
  }
}

/// One over the number of differences in each direction; 0 if there are none.
private struct EdgeWeights {
  let right: Double
  let down: Double

  init(_ shape: Shape) {
    func weight(_ extent: Int) -> Double {
      extent > 1 ? 1 / Double(shape.count / extent * (extent - 1)) : 0
    }
    (right, down) = (weight(shape.width), weight(shape.height))
  }

  var arguments: KernelArguments { ["right_weight": .float(Float(right)), "down_weight": .float(Float(down))] }
}

/// Feature maps as rows of adjacent floats, W pixels of a block of channels each, of which neighbours in x are a block
/// apart and neighbours in y a line.
private struct MapRows {
  let type: TensorType
  /// Rows of all blocks of all images.
  let rows: Int
  /// Floats in a row.
  let row: Int
  private let features: DeviceFeatures

  init(_ type: TensorType) {
    self.type = type
    features = DeviceFeatures(type)
    rows = features.rows * features.blocks
    row = type.shape.width * features.block
  }

  /// Floats in all rows.
  var floats: Int { rows * row }
  /// Vectors of 16 floats in a row.
  var vectors: Int { row.dividedRoundingUp(by: BlockedLayout.block) }

  var arguments: KernelArguments {
    [
      "height": .int(type.shape.height), "row": .int(row), "block": .int(features.block), "halo": .int(features.halo),
      "smoothing": .float(EdgeErrorForward.smoothing),
    ]
  }
}

/// Types of x for the tests, and the largest values of x and target: differences of about s, and large ones.
private let edgeCases: [(name: String, x: TensorType, magnitude: Float)] = [
  ("one element", .features(1, 1, 1, 1), 1), ("two elements", .features(1, 1, 1, 2), 1),
  ("vectors", .features(3, 21), 1), ("one row", .features(2, 3, 1, 37), 1), ("one column", .features(2, 5, 9, 1), 1),
  ("odd", .features(3, 5, 7, 11), 1), ("odd, small differences", .features(3, 21, 5, 3), 0.005),
  ("grey, small differences", .features(3, 1, 9, 33), 0.005),
  ("colour, small differences", .features(2, 3, 16, 15), 0.005),
  ("frames", .features(32, 3, 64, 64), 1), ("grey frames", .features(32, 1, 64, 64), 1),
]

private func edgeDraws(_ magnitude: Float) -> [Int: ParityCase.Draw] {
  [0: .uniform(-magnitude...magnitude), 1: .uniform(-magnitude...magnitude)]
}

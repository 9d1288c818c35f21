/// y = a and then b along the channels.   a: (N, C, H, W); b: (N, D, H, W); y: (N, C + D, H, W); or vectors.
public struct ConcatenateForward: DifferentiableOp {
  public static let name = OpName.concatenateForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs.allSatisfy { $0.role == .features }, "\(Self.name) takes features a, b")
    var shape = inputs[0].shape
    shape.extents[1] = inputs[1].shape.channels
    precondition(shape == inputs[1].shape, "\(inputs[0]) and \(inputs[1]) differ in more than channels")
    shape.extents[1] += inputs[0].shape.channels
    return [TensorType(shape, .features)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let batch = inputs[0].shape.batch
    let (a, b, y) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let (ofA, ofB) = (inputs[0].count / batch, inputs[1].count / batch)
    parallelFor(batch) { range in
      for n in range {
        let row = y + n * (ofA + ofB)
        row.update(from: a + n * ofA, count: ofA)
        (row + ofA).update(from: b + n * ofB, count: ofB)
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0].shape
    let (c, d) = (inputs[0].shape.channels, inputs[1].shape.channels)
    return LaunchPlan([
      KernelLaunch.copyChannels(c, of: .input(0), c, to: .output(0), y.channels, features: y, on: device),
      KernelLaunch.copyChannels(d, of: .input(1), d, to: .output(0), y.channels, at: c, features: y, on: device),
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0] || wanted[1], let gradY = outputGradients[0] else { return [nil, nil] }
    let gradients = try run(ConcatenateBackward(firstChannels: type(inputs[0]).shape.channels), [gradY])
    return [wanted[0] ? gradients[0] : nil, wanted[1] ? gradients[1] : nil]
  }

  public static var parityCases: [ParityCase] {
    concatenationCases.map { name, a, b in ParityCase(name, ConcatenateForward(), [a, b]) }
  }
}

/// gradA = the first `firstChannels` channels of gradY, gradB = the others.
public struct ConcatenateBackward: Op {
  public static let name = OpName.concatenateBackward
  public var firstChannels: Int

  public init(firstChannels: Int) { self.firstChannels = firstChannels }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features gradY")
    let channels = inputs[0].shape.channels
    precondition((1..<channels).contains(firstChannels), "\(firstChannels) of \(channels) channels leave none")
    var (a, b) = (inputs[0], inputs[0])
    a.shape.extents[1] = firstChannels
    b.shape.extents[1] = channels - firstChannels
    return [a, b]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let batch = inputs[0].shape.batch
    let (gradY, gradA, gradB) = (inputs[0].base, outputs[0].base, outputs[1].base)
    let (ofA, ofB) = (outputs[0].count / batch, outputs[1].count / batch)
    parallelFor(batch) { range in
      for n in range {
        let row = gradY + n * (ofA + ofB)
        (gradA + n * ofA).update(from: row, count: ofA)
        (gradB + n * ofB).update(from: row + ofA, count: ofB)
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = inputs[0].shape
    let (c, d) = (firstChannels, y.channels - firstChannels)
    return LaunchPlan([
      KernelLaunch.copyChannels(c, of: .input(0), y.channels, to: .output(0), c, features: y, on: device),
      KernelLaunch.copyChannels(d, of: .input(0), y.channels, from: c, to: .output(1), d, features: y, on: device),
    ])
  }

  public static var parityCases: [ParityCase] {
    concatenationCases.map { name, a, b in
      ParityCase(name, ConcatenateBackward(firstChannels: a.shape.channels), ConcatenateForward().outputTypes([a, b]))
    }
  }
}

/// Types of a and b for the tests.
private let concatenationCases: [(name: String, a: TensorType, b: TensorType)] = [
  ("one element each", .features(1, 1), .features(1, 1)),
  ("odd", .features(3, 5, 7, 11), .features(3, 2, 7, 11)),
  ("grey and colour", .features(2, 1, 5, 3), .features(2, 3, 5, 3)),
  ("two grey", .features(2, 1, 5, 3), .features(2, 1, 5, 3)),
  ("poses of 5", .features(32, 5), .features(32, 5)),
  ("content and pose", .features(32, 64), .features(32, 5)),
  ("content and 10 poses", .features(32, 128), .features(32, 10)),
  ("aligned vectors", .features(9, 64), .features(9, 256)),
  ("skip", .features(8, 64, 16, 16), .features(8, 64, 16, 16)),
  ("ragged maps", .features(3, 32, 9, 7), .features(3, 19, 9, 7)),
]

extension KernelLaunch {
  /// Copies `count` channels of a tensor to another of the same N, H and W: whole blocks where all are whole.
  fileprivate static func copyChannels(
    _ count: Int, of source: KernelArgument, _ sourceChannels: Int, from sourceFirst: Int = 0,
    to target: KernelArgument, _ targetChannels: Int, at targetFirst: Int = 0, features shape: Shape,
    on device: DeviceTraits
  ) -> KernelLaunch {
    let block = BlockedLayout.block
    let isMap = shape.height * shape.width > 1
    let inBlocks = [sourceChannels, targetChannels].allSatisfy {
      BlockedLayout.featureBlock(channels: $0, isMap: isMap) == block
    }
    if inBlocks && [count, sourceFirst, targetFirst].allSatisfy({ $0 % block == 0 }) {
      let plane = isMap ? (shape.height + 2) * (shape.width + 2) : 1
      return KernelLaunch(
        "copy_channel_blocks",
        [
          source, target, .int(BlockedLayout.blocks(sourceChannels)), .int(sourceFirst / block),
          .int(BlockedLayout.blocks(targetChannels)), .int(targetFirst / block), .int(plane),
        ], over: [count / block, shape.batch], groups: device.groups(rank: 2))
    }
    let rows = shape.batch * shape.height
    let run = device.run(of: rows, vectors: count * shape.width)
    return KernelLaunch(
      "copy_channels",
      [
        source, target, .int(sourceChannels), .int(sourceFirst), .int(targetChannels), .int(targetFirst), .int(count),
        .int(rows), .int(run), .int(shape.height), .int(shape.width),
      ], over: [DeviceTraits.quotient(rows, run)], groups: device.groups())
  }
}

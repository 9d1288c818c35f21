/// y = a and b, concatenated along the channels.   a: (N, C, H, W); b: (N / k, D, H, W), tiled k times along the batch;
/// y: (N, C + D, H, W); or vectors.
public struct ConcatenateForward: DifferentiableOp {
  public static let name = OpName.concatenateForward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 2 && inputs.allSatisfy { $0.role == .features }, "\(Self.name) takes features a, b")
    let (a, b) = (inputs[0].shape, inputs[1].shape)
    precondition(a.extents.dropFirst(2) == b.extents.dropFirst(2), "\(a) and \(b) differ in more than channels")
    precondition(a.batch.isMultiple(of: b.batch), "\(a.batch) rows are no copies of \(b.batch)")
    var y = a
    y.extents[1] += b.channels
    return [TensorType(y, .features)]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, batchOfB) = (inputs[0].shape.batch, inputs[1].shape.batch)
    let (a, b, y) = (inputs[0].base, inputs[1].base, outputs[0].base)
    let (ofA, ofB) = (inputs[0].count / batch, inputs[1].count / batchOfB)
    parallelFor(batch) { range in
      for n in range {
        let row = y + n * (ofA + ofB)
        row.update(from: a + n * ofA, count: ofA)
        (row + ofA).update(from: b + n % batchOfB * ofB, count: ofB)
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = outputTypes(inputs)[0].shape
    let (c, d) = (inputs[0].shape.channels, inputs[1].shape.channels)
    return LaunchPlan([
      KernelLaunch.copyChannels(c, of: .input(0), c, to: .output(0), y.channels, features: y, on: device),
      KernelLaunch.copyChannels(
        d, of: .input(1), d, batch: inputs[1].shape.batch, to: .output(0), y.channels, at: c, features: y, on: device),
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard wanted[0] || wanted[1], let gradY = outputGradients[0] else { return [nil, nil] }
    let (a, b) = (type(inputs[0]).shape, type(inputs[1]).shape)
    let gradients = try run(ConcatenateBackward(firstChannels: a.channels, copies: a.batch / b.batch), [gradY])
    return [wanted[0] ? gradients[0] : nil, wanted[1] ? gradients[1] : nil]
  }

  public static var parityCases: [ParityCase] {
    concatenationCases.map { name, a, b in ParityCase(name, ConcatenateForward(), [a, b]) }
  }
}

/// gradA = the first `firstChannels` channels of gradY, gradB = the others, summed over the copies of b.
public struct ConcatenateBackward: Op {
  public static let name = OpName.concatenateBackward
  public var firstChannels: Int
  public var copies: Int

  public init(firstChannels: Int, copies: Int = 1) {
    self.firstChannels = firstChannels
    self.copies = copies
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 1 && inputs[0].role == .features, "\(Self.name) takes features gradY")
    let channels = inputs[0].shape.channels
    precondition((1..<channels).contains(firstChannels), "\(firstChannels) of \(channels) channels leave none")
    precondition(inputs[0].shape.batch.isMultiple(of: copies), "\(inputs[0]) has no rows of \(copies) copies")
    var (a, b) = (inputs[0], inputs[0])
    a.shape.extents[1] = firstChannels
    b.shape.extents[1] = channels - firstChannels
    b.shape.extents[0] /= copies
    return [a, b]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let batchOfB = outputs[1].shape.batch
    let (gradY, gradA, gradB) = (inputs[0].base, outputs[0].base, outputs[1].base)
    let (ofA, ofB) = (outputs[0].count / outputs[0].shape.batch, outputs[1].count / batchOfB)
    parallelFor(batchOfB) { range in
      for n in range {
        for copy in 0..<copies {
          let place = copy * batchOfB + n
          (gradA + place * ofA).update(from: gradY + place * (ofA + ofB), count: ofA)
        }
        for i in 0..<ofB {
          var sum = 0.0
          for copy in 0..<copies { sum += Double(gradY[(copy * batchOfB + n) * (ofA + ofB) + ofA + i]) }
          gradB[n * ofB + i] = Scalar(sum)
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let y = inputs[0].shape
    let (c, d) = (firstChannels, y.channels - firstChannels)
    return LaunchPlan([
      KernelLaunch.copyChannels(c, of: .input(0), y.channels, to: .output(0), c, features: y, on: device),
      KernelLaunch.copyChannels(
        d, of: .input(0), y.channels, from: c, batch: y.batch, to: .output(1), d,
        features: outputTypes(inputs)[1].shape, on: device),
    ])
  }

  public static var parityCases: [ParityCase] {
    concatenationCases.map { name, a, b in
      let op = ConcatenateBackward(firstChannels: a.shape.channels, copies: a.shape.batch / b.shape.batch)
      return ParityCase(name, op, ConcatenateForward().outputTypes([a, b]))
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
  ("one content for two poses", .features(2, 1), .features(1, 1)),
  ("contents for three poses each", .features(15, 10), .features(5, 37)),
  ("blocks for four each", .features(8, 32), .features(2, 16)),
  ("maps for two each", .features(6, 3, 5, 7), .features(3, 18, 5, 7)),
]

extension KernelLaunch {
  /// Copies `count` channels of a tensor to another of the same H and W, of shape `features`; copies whole blocks if
  /// all are whole. A smaller batch is tiled, a larger one is summed.
  fileprivate static func copyChannels(
    _ count: Int, of source: KernelArgument, _ sourceChannels: Int, from sourceFirst: Int = 0,
    batch sourceBatch: Int? = nil, to target: KernelArgument, _ targetChannels: Int, at targetFirst: Int = 0,
    features shape: Shape,
    on device: DeviceTraits
  ) -> KernelLaunch {
    let block = BlockedLayout.block
    let isMap = shape.height * shape.width > 1
    let sourceBatch = sourceBatch ?? shape.batch
    let terms = max(sourceBatch / shape.batch, 1)
    func isHalf(_ channels: Int) -> Bool {
      let type = TensorType.features(shape.batch, channels, shape.height, shape.width)
      return device.storesHalf(type)
    }
    let defines = ["SOURCE_HALF": sourceChannels, "TARGET_HALF": targetChannels]
      .filter { isHalf($0.value) }.mapValues { _ in "1" }
    let inBlocks = [sourceChannels, targetChannels].allSatisfy {
      BlockedLayout.featureBlock(channels: $0, isMap: isMap) == block
    }
    if inBlocks && [count, sourceFirst, targetFirst].allSatisfy({ $0 % block == 0 }) {
      return KernelLaunch(
        "copy_channel_blocks", defines: defines,
        [
          "src": source, "dst": target, "src_blocks": .int(BlockedLayout.blocks(sourceChannels)),
          "src_first_block": .int(sourceFirst / block), "src_images": .int(sourceBatch), "terms": .int(terms),
          "dst_blocks": .int(BlockedLayout.blocks(targetChannels)), "dst_first_block": .int(targetFirst / block),
          "images": .int(shape.batch), "plane": .int(BlockedLayout(TensorType(shape, .features)).paddedPixels),
        ], over: [count / block, shape.batch], groups: device.groups(rank: 2))
    }
    let rows = shape.batch * shape.height
    let run = device.run(of: rows, vectors: count * shape.width)
    return KernelLaunch(
      "copy_channels", defines: defines,
      [
        "src": source, "dst": target, "src_channels": .int(sourceChannels), "src_first": .int(sourceFirst),
        "src_rows": .int(sourceBatch * shape.height), "terms": .int(terms), "dst_channels": .int(targetChannels),
        "dst_first": .int(targetFirst), "count": .int(count), "rows": .int(rows), "rows_per_item": .int(run),
        "height": .int(shape.height), "width": .int(shape.width),
      ], over: [rows.dividedRoundingUp(by: run)], groups: device.groups())
  }
}

/// The gradient of a bias: gradB[k] = sum over n, h, w of gradY[n,k,h,w].
///
/// Input gradY (N, K, H, W) or (N, K); output gradB (K).
public struct BiasBackward: Op {
  public static let name = OpName.biasBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [.channels(inputs[0].shape.channels)] }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (gradY, gradB) = (inputs[0], outputs[0])
    let (batch, channels) = (gradY.shape.batch, gradY.shape.channels)
    let pixels = gradY.shape.height * gradY.shape.width
    parallelFor(channels, grain: max(1, 65536 / (batch * pixels))) { some in
      // Image by image, in the order of memory.
      var sums = [Double](repeating: 0, count: some.count)
      for n in 0..<batch {
        for (index, k) in some.enumerated() {
          let map = gradY.base + (n * channels + k) * pixels
          for pixel in 0..<pixels { sums[index] += Double(map[pixel]) }
        }
      }
      for (sum, k) in zip(sums, some) { gradB[k] = Scalar(sum) }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    if device.sumsInGroups { return planGrouped(inputs[0], on: device) }
    let shape = inputs[0].shape
    let layout = BlockedLayout(inputs[0])
    let split = CPUWorkSplit(device: device)
    let blocks = BlockedLayout.blocks(shape.channels)
    let imagesPerPart = shape.batch.dividedRoundingUp(by: split.parts(of: shape.batch, items: blocks))
    let parts = shape.batch.dividedRoundingUp(by: imagesPerPart)
    let gradient = split.launch(
      "bias_backward", defines: ["GRADIENT_BLOCK": layout.featureBlock],
      [
        "grad_y": .input(0), "grad_b": parts == 1 ? .output(0) : .workspace(0), "images": .int(shape.batch),
        "blocks": .int(blocks), "height": .int(shape.height), "width": .int(shape.width), "halo": .int(layout.halo),
        "images_per_part": .int(imagesPerPart),
      ],
      over: [parts, blocks])
    if parts == 1 { return LaunchPlan([gradient]) }
    let count = blocks * BlockedLayout.block
    let sum = split.sumPartials(.workspace(0), into: .output(0), parts: parts, count: count)
    return LaunchPlan([gradient, sum], workspaces: [parts * count])
  }

  /// For GPUs, with sums in work-groups.
  private func planGrouped(_ gradY: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = DeviceFeatures(gradY)
    let perGroup = features.pixelsPerGroup(on: device)
    let chunks = features.pixels.dividedRoundingUp(by: perGroup)
    let gradient = KernelLaunch.grouped(
      "bias_backward_grouped", defines: device.laneDefines(for: gradY),
      [
        "grad_y": .input(0), "grad_b": chunks == 1 ? .output(0) : .workspace(0), "pixels": .int(features.pixels),
        "pixels_per_chunk": .int(perGroup),
      ] + features.geometry, [chunks, features.blocks])
    if chunks == 1 { return LaunchPlan([gradient]) }
    let count = features.blocks * BlockedLayout.block
    return LaunchPlan(
      [gradient, .sumOfQuads(.workspace(0), into: .output(0), parts: chunks, count: count)],
      workspaces: [chunks * count])
  }

  public static var parityCases: [ParityCase] {
    let shapes: [(String, Shape)] = [
      ("one element", [1, 1]), ("odd extents", [3, 5, 7, 11]), ("an image", [5, 3, 7, 9]), ("vectors", [33, 40]),
      ("one pixel", [3, 18, 1, 1]), ("encoder's second", [4, 32, 16, 16]), ("decoder's last", [4, 1, 64, 64]),
    ]
    return shapes.map { name, shape in
      // Terms are 3 / sqrt(3) times as large as the products of `runningSum`.
      ParityCase(
        name, BiasBackward(), [TensorType(shape, .features)],
        tolerance: .runningSum(of: 2 * shape.count / shape.channels))
    }
  }
}

/// Sums on GPUs: the work-items of a group add up what they read in local memory.
extension DeviceTraits {
  /// GROUP of the kernels.
  static let groupItems = 128

  /// True where kernels take quads of floats, neighbours neighbouring quads, and sum in groups.
  var sumsInGroups: Bool { kind == .gpu && maxWorkGroupSize >= Self.groupItems }

  /// What tells a kernel that its vectors are quads.
  static let quadDefines = ["LANES": "4"]

  /// Groups that share `units` of work in each of `sums` independent sums: a few for each compute unit, and none for
  /// less than a unit an item.
  func groups(sharing units: Int, sums: Int = 1) -> Int {
    max(1, min(4 * computeUnits / sums, units.dividedRoundingUp(by: Self.groupItems)))
  }
}

extension KernelLaunch {
  /// A kernel of groups of GROUP items, `groups` along each axis.
  static func grouped(
    _ kernel: String, defines: [String: String] = DeviceTraits.quadDefines, _ arguments: [KernelArgument],
    _ groups: [Int]
  ) -> KernelLaunch {
    let rest = groups.dropFirst()
    return KernelLaunch(
      kernel, defines: defines, arguments, over: [groups[0] * DeviceTraits.groupItems] + rest,
      groups: [DeviceTraits.groupItems] + rest.map { _ in 1 })
  }

  /// total = the sum of `parts` partial sums of `count` floats, a multiple of 4.
  static func sumOfQuads(
    _ partials: KernelArgument, into total: KernelArgument, parts: Int, count: Int
  ) -> KernelLaunch {
    KernelLaunch(
      "sum_partials", defines: DeviceTraits.quadDefines, [partials, total, .int(parts), .int(count / 4), .int(1)],
      over: [count / 4])
  }
}

extension FeatureRows {
  /// Pixels in a chunk that one group takes of one block of channels.
  func pixelsPerGroup(on device: DeviceTraits) -> Int {
    pixels.dividedRoundingUp(by: device.groups(sharing: pixels, sums: blocks))
  }
}

extension BatchNormForward {
  func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = FeatureRows(x)
    let perGroup = features.pixelsPerGroup(on: device)
    let groups = [features.pixels.dividedRoundingUp(by: perGroup), features.blocks]
    let defines = device.laneDefines(for: x)
    let size = [.int(features.pixels), .int(perGroup)] + features.geometry
    return LaunchPlan(
      [
        .grouped("batch_norm_grouped_moments", defines: defines, [.input(0), .workspace(0)] + size, groups),
        .grouped(
          "batch_norm_grouped_normalise", defines: defines,
          (0..<5).map { .input($0) } + [.workspace(0)] + (0..<5).map { .output($0) }
            + [.float(momentum), .float(epsilon)] + activation.kernelArguments + size, groups),
      ], workspaces: [groups[0] * groups[1] * 32])
  }
}

extension BatchNormBackward {
  func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = FeatureRows(x)
    let perGroup = features.pixelsPerGroup(on: device)
    let groups = [features.pixels.dividedRoundingUp(by: perGroup), features.blocks]
    let defines = device.laneDefines(for: x)
    let given: [KernelArgument] = (0..<6).map { .input($0) } + [.workspace(0)]
    let size = activation.kernelArguments + [.int(features.pixels), .int(perGroup)] + features.geometry
    return LaunchPlan(
      [
        .grouped("batch_norm_grouped_backward_sums", defines: defines, given + size, groups),
        .grouped(
          "batch_norm_grouped_backward_apply", defines: defines, given + (0..<3).map { .output($0) } + size, groups),
      ], workspaces: [groups[0] * groups[1] * 32])
  }
}

extension BiasBackward {
  func planGrouped(_ gradY: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let features = FeatureRows(gradY)
    let perGroup = features.pixelsPerGroup(on: device)
    let chunks = features.pixels.dividedRoundingUp(by: perGroup)
    let gradient = KernelLaunch.grouped(
      "bias_backward_grouped", defines: device.laneDefines(for: gradY),
      [.input(0), chunks == 1 ? .output(0) : .workspace(0), .int(features.pixels), .int(perGroup)] + features.geometry,
      [chunks, features.blocks])
    if chunks == 1 { return LaunchPlan([gradient]) }
    let count = features.blocks * BlockedLayout.block
    return LaunchPlan(
      [gradient, .sumOfQuads(.workspace(0), into: .output(0), parts: chunks, count: count)],
      workspaces: [chunks * count])
  }
}

extension MeanSquaredErrorForward {
  func planGrouped(_ x: TensorType, on device: DeviceTraits) -> LaunchPlan {
    let count = BlockedLayout(x).count
    let groups = device.groups(sharing: count.dividedRoundingUp(by: 4))
    let sums: KernelArgument = groups == 1 ? .output(0) : .workspace(0)
    let squaredErrors = KernelLaunch.grouped(
      "squared_error_grouped", defines: device.laneDefines(for: x),
      [.input(0), .input(1), sums, .float(1 / Float(x.shape.count)), .int(count)], [groups])
    if groups == 1 { return LaunchPlan([squaredErrors]) }
    let total = KernelLaunch.grouped("loss_from_groups", [sums, .output(0), .int(groups)], [1])
    return LaunchPlan([squaredErrors, total], workspaces: [groups])
  }
}

extension BinaryCrossEntropyForward {
  func planGrouped(batch: Int) -> LaunchPlan {
    LaunchPlan([
      .grouped(
        "binary_cross_entropy_grouped", [.input(0), .input(1), .output(0), .output(1), .int(batch)], [1])
    ])
  }
}

extension BinaryCrossEntropyBackward {
  func planGrouped(batch: Int) -> LaunchPlan {
    LaunchPlan([
      KernelLaunch(
        "binary_cross_entropy_backward_rows", defines: DeviceTraits.quadDefines,
        [.input(0), .input(1), .input(2), .output(0), .int(batch)], over: [batch])
    ])
  }
}

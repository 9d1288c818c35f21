/// Sums on GPUs: the work-items of a group add up their partial sums in local memory.
extension DeviceTraits {
  /// GROUP of the kernels.
  static let groupItems = 128

  /// Whether kernels read quads of floats, adjacent work-items adjacent quads, and sum in work-groups.
  var sumsInGroups: Bool { kind == .gpu && maxWorkGroupSize >= Self.groupItems }

  /// The macro that makes a kernel's vectors quads.
  static let quadDefines = ["LANES": "4"]

  /// Number of groups that share `units` of work in each of `sums` independent sums: a few for each compute unit, but
  /// with at least one unit per item.
  func groups(sharing units: Int, sums: Int = 1) -> Int {
    max(1, min(4 * computeUnits / sums, units.dividedRoundingUp(by: Self.groupItems)))
  }
}

extension KernelLaunch {
  /// A kernel of groups of GROUP items, `groups` along each axis.
  static func grouped(
    _ kernel: String, defines: [String: String] = DeviceTraits.quadDefines, _ arguments: KernelArguments,
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
      "sum_partials", defines: DeviceTraits.quadDefines,
      [
        "partials": partials, "total": total, "parts": .int(parts), "vectors": .int(count / 4),
        "vectors_per_item": .int(1),
      ], over: [count / 4])
  }
}

extension DeviceFeatures {
  /// Pixels of one block of channels that one group sums.
  func pixelsPerGroup(on device: DeviceTraits) -> Int {
    pixels.dividedRoundingUp(by: device.groups(sharing: pixels, sums: blocks))
  }
}

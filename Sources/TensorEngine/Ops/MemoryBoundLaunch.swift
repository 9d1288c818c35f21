/// How memory-bound work is cut into work-items: a CPU wants a few long ones on each core, as each costs it about a
/// microsecond to start, and work-groups of one; a GPU wants many short ones, and groups of its own choice.
extension DeviceTraits {
  /// Units of work in an item, where `units` make up the whole and `vectors` of 16 floats are read in each.
  func run(of units: Int, vectors: Int = 1) -> Int {
    if kind == .gpu { return 1 }
    let long = 1024.dividedRoundingUp(by: vectors)
    return min(max(long, units.dividedRoundingUp(by: 8 * computeUnits)), max(units, 1))
  }

  /// Units in a chunk, where each chunk also costs a partial sum that every item, or one item, reads again.
  func chunk(of units: Int, vectors: Int = 1) -> Int {
    if kind == .gpu { return units.dividedRoundingUp(by: 64) }
    return run(of: units, vectors: vectors)
  }

  /// Work-groups of one item, or nil.
  func groups(rank: Int = 1) -> [Int]? { kind == .gpu ? nil : [Int](repeating: 1, count: rank) }

  /// Floats that an item takes at a time: a block of channels on CPUs; on GPUs, where neighbours take neighbouring ones,
  /// 16 bytes.
  var lanes: Int { sumsInGroups ? 4 : BlockedLayout.block }

  /// What tells a kernel of these lanes, and of the format of the features that it takes.
  func laneDefines(for type: TensorType) -> [String: String] {
    if storesHalf(type) { return Self.quadDefines.merging(["HALF": "1"]) { $1 } }
    return sumsInGroups ? Self.quadDefines : [:]
  }

  /// Groups of so many channels that features have.
  func channelGroups(of type: TensorType) -> Int { type.shape.channels.dividedRoundingUp(by: lanes) }
}

extension KernelLaunch {
  /// A kernel over all device memory of tensors of one type, padding included, which must map zeros to zeros.
  /// Appends its last two arguments: the floats there are, and the vectors of LANES floats in an item.
  static func flat(
    _ kernel: String, _ arguments: KernelArguments, over type: TensorType, on device: DeviceTraits
  ) -> KernelLaunch {
    let count = BlockedLayout(type).count
    let vectors = count.dividedRoundingUp(by: device.lanes)
    let run = device.run(of: vectors)
    return KernelLaunch(
      kernel, defines: device.laneDefines(for: type), arguments + ["count": .int(count), "run": .int(run)],
      over: [vectors.dividedRoundingUp(by: run)], groups: device.groups())
  }

  /// A kernel for GPUs in which one item owns one of `count` elements, in whole groups: the last may have items to spare,
  /// which the kernel must leave idle.
  static func byElements(
    _ kernel: String, defines: [String: String], _ arguments: KernelArguments, count: Int
  ) -> KernelLaunch {
    let group = DeviceTraits.groupItems
    return KernelLaunch(
      kernel, defines: defines, arguments, over: [count.roundedUp(toMultipleOf: group)], groups: [group])
  }
}

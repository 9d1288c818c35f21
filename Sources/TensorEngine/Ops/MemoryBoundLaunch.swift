/// How memory-bound work is split into work-items. A CPU needs a few long ones on
/// each core, since each takes about a microsecond to start, in work-groups of
/// one. A GPU needs many short ones, in groups of a size that the driver chooses.
extension DeviceTraits {
  /// Units of work in an item, with `units` in total and `vectors` of 16 floats read in each unit.
  func run(of units: Int, vectors: Int = 1) -> Int {
    if kind == .gpu { return 1 }
    let long = 1024.dividedRoundingUp(by: vectors)
    return min(max(long, units.dividedRoundingUp(by: 8 * computeUnits)), max(units, 1))
  }

  /// Units in a chunk, if each chunk also has a partial sum that every item, or one item, reads later.
  func chunk(of units: Int, vectors: Int = 1) -> Int {
    if kind == .gpu { return units.dividedRoundingUp(by: 64) }
    return run(of: units, vectors: vectors)
  }

  /// Work-groups of one item, or nil.
  func groups(rank: Int = 1) -> [Int]? { kind == .gpu ? nil : [Int](repeating: 1, count: rank) }

  /// Floats that an item reads at a time: a block of channels on CPUs; 4, which are 16 bytes, on GPUs, where adjacent
  /// items read adjacent ones.
  var lanes: Int { sumsInGroups ? 4 : BlockedLayout.block }

  /// The macros for these lanes and for the format of features of a type.
  func laneDefines(for type: TensorType) -> [String: String] {
    if storesHalf(type) { return Self.quadDefines.merging(["HALF": "1"]) { $1 } }
    return sumsInGroups ? Self.quadDefines : [:]
  }

  /// Number of groups of `lanes` channels that features have.
  func channelGroups(of type: TensorType) -> Int { type.shape.channels.dividedRoundingUp(by: lanes) }
}

extension KernelLaunch {
  /// A kernel over all device memory of tensors of one type, padding included. It must map zeros to zeros. Appends the
  /// last two arguments: the number of floats, and the vectors of LANES floats per item.
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

  /// A kernel for GPUs with one item for each of `count` elements, in whole groups. The last group may have excess
  /// items, which the kernel must leave idle.
  static func byElements(
    _ kernel: String, defines: [String: String], _ arguments: KernelArguments, count: Int
  ) -> KernelLaunch {
    let group = DeviceTraits.groupItems
    return KernelLaunch(
      kernel, defines: defines, arguments, over: [count.roundedUp(toMultipleOf: group)], groups: [group])
  }
}

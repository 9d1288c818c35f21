/// Tile sizes and work per item of kernels that are written for CPUs. They run on other devices as well.
///
/// A CPU needs long work-items, a few for each core, with tiles that fill its vector registers; a GPU needs many short
/// ones with small tiles.
struct CPUWorkSplit {
  let device: DeviceTraits

  private var isCPU: Bool { device.kind == .cpu }
  private var hasWideVectors: Bool { device.nativeVectorWidth >= 16 }

  /// The tuned tile, if there is one and it divides the outputs.
  private func tuned(_ outputBlocks: Int) -> (Int, Int)? {
    guard case .registers(let rows, let blocks) = device.tiling, outputBlocks.isMultiple(of: blocks) else { return nil }
    return (rows, blocks)
  }

  /// Pixels x blocks of 16 outputs that one work-item sums at a time, if `run` pixels follow each other. AVX2 holds 6 x
  /// 16 sums in 12 of its 16 registers; AVX-512 holds 6 x 64 in 24 of its 32, with 10 loads for 24 multiply-adds. Rows
  /// of linear layers are often a multiple of 4 KB long and then map to one set of the first-level cache, which holds
  /// 8. So short runs take 4 or 8 pixels; batch sizes are often multiples of these.
  func pixels(outputBlocks: Int, run: Int) -> (pixels: Int, outputs: Int) {
    guard isCPU else { return (4, 1) }
    if let tuned = tuned(outputBlocks) { return tuned }
    if !hasWideVectors { return (6, 1) }
    if outputBlocks.isMultiple(of: 4) { return (run < 128 ? 4 : 6, 4) }
    return outputBlocks.isMultiple(of: 2) ? (run < 128 ? 8 : 10, 2) : (12, 1)
  }
  /// Maximum floats of x, and blocks of 16 outputs, of a tile of a weight gradient.
  func columns(outputBlocks: Int) -> (columns: Int, outputs: Int) {
    guard isCPU else { return (4, 1) }
    if let tuned = tuned(outputBlocks) { return tuned }
    if !hasWideVectors { return (6, 1) }
    if outputBlocks.isMultiple(of: 4) { return (4, 4) }
    return outputBlocks.isMultiple(of: 2) ? (8, 2) : (16, 1)
  }
  /// Maximum tiles of a work-item of a gather. All use the weights of a few taps, which stay in the cache meanwhile.
  var maxTilesPerItem: Int { isCPU ? 32 : 1 }

  /// Maximum tiles of a work-item of a weight gradient, for each pass over pixels: a whole 4 x 4 window of 16 channels.
  var weightTilesPerItem: Int { isCPU ? 64 : 1 }

  /// Minimum pixels of a part of a weight gradient, so that reading its sums pays off.
  var pixelsPerPass: Int { isCPU ? 64 : 1 }

  /// Tiles of a gather for one work-item, with `tiles` in each of `runs`: many, but several items per core.
  func tilesPerItem(of tiles: Int, runs: Int) -> Int {
    let shared = tiles * runs / (4 * device.computeUnits)
    return max(1, min(maxTilesPerItem, tiles, shared))
  }

  /// Units for one work-item, with `units` in each of `groups` independent groups and `vectorOps` vector operations per
  /// unit: enough for tens of microseconds, few enough to share among the cores.
  func unitsPerItem(_ units: Int, groups: Int, vectorOps: Int) -> Int {
    guard isCPU else { return 1 }
    let longEnough = max(1, 400_000 / max(vectorOps, 1))
    return max(1, min(longEnough, units * groups / (8 * device.computeUnits)))
  }

  /// Number of parts of a sum, so that `items` work-items for each part fill the device.
  func parts(of terms: Int, items: Int) -> Int {
    let enough = isCPU ? 8 * device.computeUnits : min(32 * items, 256 * device.computeUnits)
    return max(1, min(terms, enough / items))
  }

  /// A launch over exactly `globalSize`, or more along its first axis if `isGuarded`: the kernel then skips the excess.
  func launch(
    _ kernel: String, defines: [String: Int] = [:], _ arguments: KernelArguments, over globalSize: [Int],
    isGuarded: Bool = false
  ) -> KernelLaunch {
    let defines = defines.mapValues(String.init)
    if isCPU {
      return KernelLaunch(kernel, defines: defines, arguments, over: globalSize, groups: globalSize.map { _ in 1 })
    }
    guard isGuarded else { return KernelLaunch(kernel, defines: defines, arguments, over: globalSize) }
    let group = min(64, device.maxWorkGroupSize)
    var rounded = globalSize
    rounded[0] = rounded[0].roundedUp(toMultipleOf: group)
    return KernelLaunch(
      kernel, defines: defines, arguments, over: rounded, groups: [group] + globalSize.dropFirst().map { _ in 1 })
  }

  /// total = the sum of `parts` partial sums of `count` floats.
  func sumPartials(_ partials: KernelArgument, into total: KernelArgument, parts: Int, count: Int) -> KernelLaunch {
    let vectors = count / BlockedLayout.block
    let perItem = unitsPerItem(vectors, groups: 1, vectorOps: parts)
    return launch(
      "sum_partials",
      [
        "partials": partials, "total": total, "parts": .int(parts), "vectors": .int(vectors),
        "vectors_per_item": .int(perItem),
      ],
      over: [vectors.dividedRoundingUp(by: perItem)])
  }
}

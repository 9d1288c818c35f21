/// Sizes of tiles and shares of work in the convolution kernels on a device.
///
/// A CPU wants long work-items, a few for each core, with tiles that fill its vector registers; a GPU wants many short
/// ones with small tiles.
struct CPUWorkSplit {
  let device: DeviceTraits

  private var isCPU: Bool { device.kind == .cpu }
  private var hasWideVectors: Bool { device.nativeVectorWidth >= 16 }

  /// The tile in place of the estimated one, where it divides the outputs.
  private func tuned(_ outputBlocks: Int) -> (Int, Int)? {
    guard case .registers(let rows, let blocks) = device.tiling, outputBlocks.isMultiple(of: blocks) else { return nil }
    return (rows, blocks)
  }

  /// Pixels x blocks of 16 outputs that one work-item sums at a time, where `run` pixels follow each other. AVX2 holds
  /// 6 x 16 sums in 12 of its 16 registers; AVX-512 holds 6 x 64 in 24 of its 32, with 10 loads for 24 multiply-adds.
  /// Rows of linear layers are often a multiple of 4 KB long and then share a set of a first-level cache, which holds 8.
  /// Short runs take 4 or 8, of which batches are multiples.
  func pixels(outputBlocks: Int, run: Int) -> (pixels: Int, outputs: Int) {
    guard isCPU else { return (4, 1) }
    if let tuned = tuned(outputBlocks) { return tuned }
    if !hasWideVectors { return (6, 1) }
    if outputBlocks.isMultiple(of: 4) { return (run < 128 ? 4 : 6, 4) }
    return outputBlocks.isMultiple(of: 2) ? (run < 128 ? 8 : 10, 2) : (12, 1)
  }
  /// Floats of x, at most, x blocks of 16 outputs of a weight gradient.
  func columns(outputBlocks: Int) -> (columns: Int, outputs: Int) {
    guard isCPU else { return (4, 1) }
    if let tuned = tuned(outputBlocks) { return tuned }
    if !hasWideVectors { return (6, 1) }
    if outputBlocks.isMultiple(of: 4) { return (4, 4) }
    return outputBlocks.isMultiple(of: 2) ? (8, 2) : (16, 1)
  }
  /// Tiles, at most, that one work-item takes through the weights of a few taps, which stay in a cache meanwhile.
  var maxTilesPerItem: Int { isCPU ? 32 : 1 }

  /// Tiles, at most, that one work-item takes through the pixels of a pass: a whole 4 x 4 window of 16 channels.
  var weightTilesPerItem: Int { isCPU ? 64 : 1 }

  /// Pixels that a part of a weight gradient should have, for the reading of its sums to be worth it.
  var pixelsPerPass: Int { isCPU ? 64 : 1 }

  /// Tiles of a gather for one work-item, where there are `tiles` in each of `runs`: many, but several items a core.
  func tilesPerItem(of tiles: Int, runs: Int) -> Int {
    let shared = tiles * runs / (4 * device.computeUnits)
    return max(1, min(maxTilesPerItem, tiles, shared))
  }

  /// Units for one work-item where there are `units` in each of `groups` independent groups, each unit worth
  /// `vectorOps` vector operations: enough for tens of microseconds, few enough to share among the cores.
  func unitsPerItem(_ units: Int, groups: Int, vectorOps: Int) -> Int {
    guard isCPU else { return 1 }
    let longEnough = max(1, 400_000 / max(vectorOps, 1))
    return max(1, min(longEnough, units * groups / (8 * device.computeUnits)))
  }

  /// Parts of a sum, so that `items` work-items for each part fill the device.
  func parts(of terms: Int, items: Int) -> Int {
    let enough = isCPU ? 8 * device.computeUnits : min(32 * items, 256 * device.computeUnits)
    return max(1, min(terms, enough / items))
  }

  /// A launch over exactly `globalSize`, or more in its first extent if `isGuarded`: the kernel then skips the excess.
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

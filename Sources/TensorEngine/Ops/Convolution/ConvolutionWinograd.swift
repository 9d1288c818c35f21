/// The plans of Winograd's algorithm: 9 products instead of 16, or 16 instead of 36, for sums before and after.
///
/// Used on CPU devices for windows of 4 x 4 pixels with stride 2 and of 3 x 3 with stride 1, padded by 1, if outputs
/// have two blocks of channels or more: the sums that all outputs share must be few compared with the products.
///
/// Speed relative to the direct kernels, measured for windows of 4 x 4 with AVX-512, batch 32, PoCL and Intel's
/// runtime, from 64 channels of 32 x 32 to 512 of 4 x 4: forward and transposed 1.1 to 1.5; gradients of filters,
/// without the shape in between, 1.3 to 1.5. Only on PoCL: forward with two blocks of outputs 1.15, with one 0.2. With
/// AVX2, only on Intel's runtime: forward 1.6 to 1.8.
extension Convolution {
  /// Inputs x, w, b; output y. nil if the direct kernels should be used.
  func planForwardWinograd(hasBias: Bool, on split: CPUWorkSplit) -> LaunchPlan? {
    winograd(
      from: DeviceFeatures(x), filter: .input(1), bias: hasBias ? .input(2) : nil, to: DeviceFeatures(y), workspace: 0,
      isTransposed: false, on: split)
  }

  /// Inputs gradY, w, b; output gradX. nil if the direct kernels should be used.
  func planBackwardInputWinograd(hasBias: Bool, on split: CPUWorkSplit) -> LaunchPlan? {
    let product = winograd(
      from: DeviceFeatures(y), filter: .workspace(0), bias: hasBias ? .input(2) : nil, to: DeviceFeatures(x),
      workspace: 1, isTransposed: true, on: split)
    guard let product else { return nil }
    let transpose = filterTranspose(of: .input(1), into: .workspace(0), on: split)
    return LaunchPlan([transpose.launch] + product.launches, workspaces: [transpose.count] + product.workspaces)
  }

  /// The launches from input 0 to output 0, forward or transposed, and the floats of their scratch memory, which are
  /// the workspaces from `workspace` on. nil if the direct kernels should be used.
  private func winograd(
    from: DeviceFeatures, filter: KernelArgument, bias: KernelArgument?, to: DeviceFeatures, workspace: Int,
    isTransposed: Bool, on split: CPUWorkSplit
  ) -> LaunchPlan? {
    guard let window = winogradWindow(from: from, to: to), let tile = split.winograd(outputBlocks: to.blocks) else {
      return nil
    }
    let scatterStep = isTransposed ? stride : 1
    func patches(_ extent: Int) -> Int { extent.dividedRoundingUp(by: 2 * scatterStep) }
    // Patches of the first phase, which has the most.
    let allPatches = to.shape.batch * patches(to.shape.height) * patches(to.shape.width)
    // A chunk's transformed inputs and its sums, planes x patches x (4 + 8) vectors of 64 bytes, take two thirds of a
    // second-level cache of 1 MB; chunks of half the patches were up to a tenth slower. With less than 24 patches,
    // transforming the filter is no longer cheap compared with the products. Chunks that divide evenly among items were
    // 15 % faster than 22 chunks for 8 items.
    let chunkBlocks = min(8, to.blocks)
    let groups = to.blocks.dividedRoundingUp(by: chunkBlocks) * scatterStep * scatterStep
    let minChunks = max(
      allPatches.dividedRoundingUp(by: window.patches(864)),
      min(
        allPatches.dividedRoundingUp(by: 24),
        (2 * split.device.computeUnits).dividedRoundingUp(by: groups)))
    let sharing = max(1, split.maxItemsWithScratch / groups)
    let chunks = minChunks > sharing ? minChunks.roundedUp(toMultipleOf: sharing) : minChunks
    let chunkTiles = allPatches.dividedRoundingUp(by: chunks).dividedRoundingUp(by: tile.patches)
    let chunkPatches = chunkTiles * tile.patches
    let units = allPatches.dividedRoundingUp(by: chunkPatches) * groups
    let (items, perItem) = split.itemsWithScratch(units: units)
    let (panels, scratch) = (KernelArgument.workspace(workspace), KernelArgument.workspace(workspace + 1))
    // Blocks of all phases of x, or of y.
    let sources = from.blocks * stride * stride
    let isScatter = KernelArgument.int(scatterStep > 1 ? 1 : 0)
    let transform = split.launch(
      "conv2d_winograd_filter", defines: tile.defines(window),
      ["w": filter, "panels": panels, "x_blocks": .int(from.blocks), "transposed": isScatter],
      over: [to.blocks / tile.outputs, sources])
    let product = split.launch(
      "conv2d_winograd", defines: tile.defines(window),
      [
        "x": .input(0), "panels": panels, "b": bias ?? filter, "y": .output(0), "scratch": scratch,
        "has_bias": .int(bias == nil ? 0 : 1), "images": .int(to.shape.batch), "x_blocks": .int(from.blocks),
        "x_height": .int(from.shape.height), "x_width": .int(from.shape.width), "y_blocks": .int(to.blocks),
      ] + to.extents("y")
        + [
          "transposed": isScatter, "chunk_patches": .int(chunkPatches), "chunk_blocks": .int(chunkBlocks),
          "units": .int(units), "units_per_item": .int(perItem),
        ],
      over: [items])
    // The terms of a chunk and its sums, each in planes, with a vector between planes.
    let plane = (chunkPatches * (4 + chunkBlocks) + 2) * BlockedLayout.block
    let panelCount = to.blocks * window.planes * sources * BlockedLayout.block * BlockedLayout.block
    return LaunchPlan([transform, product], workspaces: [panelCount, items * window.planes * plane])
  }

  /// Output gradW. nil if the direct kernel should be used.
  func planBackwardWeightWinograd(
    x input: KernelArgument, gradY: KernelArgument, on split: CPUWorkSplit
  ) -> LaunchPlan? {
    let (from, to) = (DeviceFeatures(x), DeviceFeatures(y))
    guard let window = winogradWindow(from: from, to: to), let tile = split.winograd(outputBlocks: to.blocks) else {
      return nil
    }
    let allPatches =
      to.shape.batch * to.shape.height.dividedRoundingUp(by: 2) * to.shape.width.dividedRoundingUp(by: 2)
    // The terms of a pass, its gradients and the sums, 9 x 64 x (5 + 4 + 4) vectors, take half of a cache of 1 MB.
    let passPatches = min(window.patches(576), allPatches)
    let chunkBlocks = min(4, to.blocks)
    let groups = to.blocks.dividedRoundingUp(by: chunkBlocks)
    let sourceGroups = (from.blocks * stride * stride).dividedRoundingUp(by: 4)
    let wanted = split.parts(of: allPatches.dividedRoundingUp(by: passPatches), items: sourceGroups * groups)
    let patchesPerPart = allPatches.dividedRoundingUp(by: wanted)
    let parts = allPatches.dividedRoundingUp(by: patchesPerPart)
    let units = parts * sourceGroups * groups
    let (items, perItem) = split.itemsWithScratch(units: units)
    let gradient = split.launch(
      "conv2d_winograd_backward_weight", defines: tile.defines(window),
      [
        "x": input, "grad_y": gradY, "grad_w": parts == 1 ? .output(0) : .workspace(1), "scratch": .workspace(0),
        "images": .int(x.batch), "x_blocks": .int(from.blocks), "x_height": .int(from.shape.height),
        "x_width": .int(from.shape.width), "y_blocks": .int(to.blocks),
      ] + to.extents("y")
        + [
          "pass_patches": .int(passPatches), "chunk_blocks": .int(chunkBlocks),
          "patches_per_part": .int(patchesPerPart), "units": .int(units), "units_per_item": .int(perItem),
        ],
      over: [items])
    let plane = (passPatches * (5 + chunkBlocks) + 64 * chunkBlocks + 3) * BlockedLayout.block
    if parts == 1 { return LaunchPlan([gradient], workspaces: [items * window.planes * plane]) }
    let size = BlockedLayout(TensorType(w, .filter)).count
    let sum = split.sumPartials(.workspace(1), into: .output(0), parts: parts, count: size)
    return LaunchPlan([gradient, sum], workspaces: [items * window.planes * plane, parts * size])
  }

  /// How the window is decomposed; nil if Winograd's algorithm does not apply.
  private func winogradWindow(from: DeviceFeatures, to: DeviceFeatures) -> WinogradWindow? {
    guard
      w.height == w.width, padding == 1, from.halo == 1, from.block == BlockedLayout.block,
      to.block == BlockedLayout.block
    else { return nil }
    return switch (w.height, stride) {
    case (4, 2): WinogradWindow(taps: 2)
    case (3, 1): WinogradWindow(taps: 3)
    default: nil
    }
  }
}

/// A window of `taps` taps along each axis, either whole or one of four phases. Patches have 2 x 2 outputs.
private struct WinogradWindow {
  let taps: Int
  var planes: Int { (taps + 1) * (taps + 1) }
  /// The number of patches that have `products` products.
  func patches(_ products: Int) -> Int { products / planes }
}

/// The tile of Winograd's products whose sums are held in registers.
private struct WinogradTile {
  /// Patches x blocks of outputs: 16 sums with AVX-512, with 8 or 10 loads for 16 multiply-adds; with AVX2, 6 in
  /// halves. With 24, Intel's compiler runs out of registers (a quarter slower), and PoCL gains nothing.
  var patches: Int { outputs == 1 ? 6 : terms }
  /// Terms x blocks of outputs of a filter's gradient, the same number of sums.
  /// There are 64 terms, which 6 does not divide.
  var terms: Int { outputs == 2 ? 8 : 4 }
  let outputs: Int

  /// The definitions of both kernels, so that they are in one program.
  func defines(_ window: WinogradWindow) -> [String: Int] {
    ["TAPS": window.taps, "TILE_PATCHES": patches, "TILE_TERMS": terms, "TILE_OUTPUTS": outputs]
  }
}

extension CPUWorkSplit {
  /// nil if there are too few outputs, on GPUs, and if another tiling is requested.
  fileprivate func winograd(outputBlocks: Int) -> WinogradTile? {
    guard device.kind == .cpu, device.tiling == nil, outputBlocks > 1 else { return nil }
    if device.nativeVectorWidth < 16 { return WinogradTile(outputs: 1) }
    return [4, 2].first { outputBlocks.isMultiple(of: $0) }.map { WinogradTile(outputs: $0) }
  }

  /// Few, since each item has scratch memory, which should stay in the cache.
  fileprivate var maxItemsWithScratch: Int { 4 * device.computeUnits }

  fileprivate func itemsWithScratch(units: Int) -> (items: Int, unitsPerItem: Int) {
    let perItem = units.dividedRoundingUp(by: maxItemsWithScratch)
    return (units.dividedRoundingUp(by: perItem), perItem)
  }
}

/// The kernels of a convolution on a CPU, and on GPUs without tiled kernels, other than those of Winograd's algorithm.
/// Arguments are numbered as the ops number their inputs.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForwardGather(hasBias: Bool, on split: CPUWorkSplit) -> LaunchPlan {
    let gather = gather(
      from: DeviceFeatures(x), filter: .input(1), filterBlock: BlockedLayout.filterBlock(w),
      bias: hasBias ? .input(2) : nil, to: DeviceFeatures(y), .output(0), window: (w.height, w.width),
      gatherStep: stride, scatterStep: 1, reach: (w.height - 1 - padding, w.width - 1 - padding), on: split)
    return LaunchPlan([gather])
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInputGather(hasBias: Bool, on split: CPUWorkSplit) -> LaunchPlan {
    let from = DeviceFeatures(y)
    let transpose = filterTranspose(of: .input(1), into: .workspace(0), on: split)
    let gather = gather(
      from: from, filter: .workspace(0), filterBlock: from.block, bias: hasBias ? .input(2) : nil,
      to: DeviceFeatures(x), .output(0), window: (w.height, w.width), gatherStep: 1, scatterStep: stride,
      reach: (padding, padding), on: split)
    return LaunchPlan([transpose.launch, gather], workspaces: [transpose.count])
  }

  /// Rearranges the filter for sums over its outputs. Also returns the floats of the result.
  func filterTranspose(
    of filter: KernelArgument, into panels: KernelArgument, on split: CPUWorkSplit
  ) -> (launch: KernelLaunch, count: Int) {
    let from = DeviceFeatures(y)
    let outputBlocks = BlockedLayout.blocks(x.channels)
    let window = w.height * w.width
    let perItem = split.unitsPerItem(outputBlocks, groups: from.blocks, vectorOps: 64 * window)
    let launch = split.launch(
      "filter_transpose", defines: ["FILTER_BLOCK": BlockedLayout.filterBlock(w), "PANEL_BLOCK": from.block],
      [
        "w": filter, "panels": panels, "panel_blocks": .int(from.blocks), "channel_blocks": .int(outputBlocks),
        "window_height": .int(w.height), "window_width": .int(w.width), "step": .int(stride),
        "blocks_per_item": .int(perItem),
      ],
      over: [from.blocks, outputBlocks.dividedRoundingUp(by: perItem)])
    return (launch, outputBlocks * window * from.blocks * from.block * BlockedLayout.block)
  }

  /// Output gradW.
  func planBackwardWeightDirect(
    x input: KernelArgument, gradY: KernelArgument, on split: CPUWorkSplit
  ) -> LaunchPlan {
    let (from, to) = (DeviceFeatures(x), DeviceFeatures(y))
    let filterBlock = BlockedLayout.filterBlock(w)
    let outputBlocks = BlockedLayout.blocks(y.channels)
    let channels = min(from.block, filterBlock)
    let columns = w.width * channels
    let tile = split.columns(outputBlocks: outputBlocks)
    // A tile may span several taps if the taps of x and w follow each other in the same way and none is clipped.
    let isClipped = padding > from.halo
    let runsOn = !isClipped && from.block == filterBlock
    let limit = runsOn ? columns : channels
    let tileColumns = (1...min(limit, tile.columns)).last { limit.isMultiple(of: $0) } ?? 1
    let takesWindow = tileColumns == columns && w.height * columns <= tile.columns
    let tileRows = takesWindow && !isClipped ? w.height : 1

    let count = from.blocks * (columns / tileColumns) * (w.height / tileRows)
    let tilesPerItem = min(count, split.weightTilesPerItem)
    let items = count.dividedRoundingUp(by: tilesPerItem)
    let allPixels = y.batch * pixels
    // Channels of w that x lacks are already zero in w, but would not be in partial sums.
    let passes = allPixels.dividedRoundingUp(by: split.pixelsPerPass)
    let wanted = from.block < filterBlock ? 1 : split.parts(of: passes, items: items * (outputBlocks / tile.outputs))
    let pixelsPerPart = allPixels.dividedRoundingUp(by: wanted)
    let parts = allPixels.dividedRoundingUp(by: pixelsPerPart)

    let gradient = split.launch(
      "conv2d_backward_weight",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "GRADIENT_BLOCK": to.block, "TILE_ROWS": tileRows,
        "TILE_COLUMNS": tileColumns, "TILE_OUTPUTS": tile.outputs, "ONE_TILE": split.weightTilesPerItem == 1 ? 1 : 0,
      ],
      [
        "x": input, "grad_y": gradY, "grad_w": parts == 1 ? .output(0) : .workspace(0), "images": .int(x.batch),
        "x_blocks": .int(from.blocks),
      ] + from.extents("x") + ["y_blocks": .int(outputBlocks)] + to.extents("y")
        + [
          "window_height": .int(w.height), "window_width": .int(w.width), "stride": .int(stride),
          "padding": .int(padding), "clipped": .int(isClipped ? 1 : 0), "tiles_per_item": .int(tilesPerItem),
          "pixels_per_part": .int(pixelsPerPart),
        ],
      over: [items, outputBlocks / tile.outputs, parts], isGuarded: true)
    if parts == 1 { return LaunchPlan([gradient]) }
    let size = BlockedLayout(TensorType(w, .filter)).count
    let sum = split.sumPartials(.workspace(0), into: .output(0), parts: parts, count: size)
    return LaunchPlan([gradient, sum], workspaces: [parts * size])
  }

  /// One launch of `conv2d_gather`, of input 0. `reach` is the distance that a window of the scatter reaches before its
  /// pixel. A forward pass is a scatter by one pixel with the taps flipped twice.
  private func gather(
    from: DeviceFeatures, filter: KernelArgument, filterBlock: Int, bias: KernelArgument?, to: DeviceFeatures,
    _ output: KernelArgument, window: (height: Int, width: Int), gatherStep: Int, scatterStep: Int,
    reach: (y: Int, x: Int), on split: CPUWorkSplit
  ) -> KernelLaunch {
    let outputBlocks = BlockedLayout.blocks(to.shape.channels)
    let inImageOrder = !staysInHalo(from, to, window, gatherStep, scatterStep, reach)
    let phases = scatterStep * scatterStep
    let places =
      to.shape.height.dividedRoundingUp(by: scatterStep) * to.shape.width.dividedRoundingUp(by: scatterStep)
    // In image order, an item's pixels have the same place on the map in
    // different images; otherwise they are any pixels.
    let (runs, run) = inImageOrder ? (places, to.shape.batch) : (1, to.shape.batch * places)
    let tile = split.pixels(outputBlocks: outputBlocks, run: run)
    let groups = outputBlocks / tile.outputs
    let perItem = split.tilesPerItem(of: run.dividedRoundingUp(by: tile.pixels), runs: runs * groups * phases)
    return split.launch(
      "conv2d_gather",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block, "TILE_PIXELS": tile.pixels,
        "TILE_OUTPUTS": tile.outputs, "ITEM_TILES": split.maxTilesPerItem,
      ],
      [
        "x": .input(0), "w": filter, "b": bias ?? filter, "y": output, "has_bias": .int(bias == nil ? 0 : 1),
        "images": .int(from.shape.batch), "x_blocks": .int(from.blocks),
      ] + from.extents("x") + ["y_blocks": .int(outputBlocks)] + to.extents("y")
        + [
          "window_height": .int(window.height), "window_width": .int(window.width), "gather_step": .int(gatherStep),
          "scatter_step": .int(scatterStep), "reach_y": .int(reach.y), "reach_x": .int(reach.x),
          "image_order": .int(inImageOrder ? 1 : 0), "tiles_per_item": .int(perItem),
        ],
      over: [runs * run.dividedRoundingUp(by: perItem * tile.pixels), groups, phases], isGuarded: true)
  }

  /// A transposed convolution to an image: products with whole windows, which are then added up where they overlap. nil
  /// if gradX is not an image. Inputs gradY, w, b; output gradX.
  func planBackwardInputScatter(hasBias: Bool, on split: CPUWorkSplit) -> LaunchPlan? {
    let (from, to) = (DeviceFeatures(y), DeviceFeatures(x))
    guard from.block == BlockedLayout.block && to.block < BlockedLayout.block else { return nil }
    let filterBlock = BlockedLayout.filterBlock(w)
    let window = w.height * w.width * filterBlock
    let products = DeviceFeatures(scratch: Shape(from.shape.batch, window, from.shape.height, from.shape.width))
    let panels = split.launch(
      "filter_windows",
      ["w": .input(1), "panels": .workspace(0), "panel_blocks": .int(from.blocks), "window": .int(window)],
      over: [from.blocks])
    let gather = gather(
      from: from, filter: .workspace(0), filterBlock: from.block, bias: nil, to: products, .workspace(1),
      window: (1, 1), gatherStep: 1, scatterStep: 1, reach: (0, 0), on: split)
    let rows = to.shape.batch * to.shape.height
    let perItem = split.unitsPerItem(rows, groups: 1, vectorOps: to.shape.width * window / (stride * stride))
    let scatter = split.launch(
      "conv2d_scatter_windows", defines: ["FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block],
      [
        "z": .workspace(1), "b": .input(hasBias ? 2 : 1), "y": .output(0), "has_bias": .int(hasBias ? 1 : 0),
        "images": .int(to.shape.batch), "x_height": .int(from.shape.height), "x_width": .int(from.shape.width),
      ] + to.extents("y")
        + [
          "window_height": .int(w.height), "window_width": .int(w.width), "step": .int(stride),
          "padding": .int(padding), "rows_per_item": .int(perItem),
        ],
      over: [rows.dividedRoundingUp(by: perItem)])
    let pixels = from.shape.batch * from.shape.height * from.shape.width
    return LaunchPlan(
      [panels, gather, scatter],
      workspaces: [
        products.blocks * from.blocks * BlockedLayout.block * BlockedLayout.block,
        products.blocks * pixels * BlockedLayout.block,
      ])
  }

  /// True if every tap of every pixel reads the input or its halo, in all phases of the scatter.
  private func staysInHalo(
    _ from: DeviceFeatures, _ to: DeviceFeatures, _ window: (height: Int, width: Int), _ gatherStep: Int,
    _ scatterStep: Int,
    _ reach: (y: Int, x: Int)
  ) -> Bool {
    func stays(input: Int, output: Int, window: Int, reach: Int) -> Bool {
      (0..<min(scatterStep, output)).allSatisfy { phase in
        let taps = (window - (phase + reach) % scatterStep).dividedRoundingUp(by: scatterStep)
        if taps == 0 { return true }
        let places = (output - phase).dividedRoundingUp(by: scatterStep)
        let first = (phase + reach) / scatterStep - (taps - 1)
        let last = (places - 1) * gatherStep + first + taps - 1
        return first >= -from.halo && last < input + from.halo
      }
    }
    return stays(input: from.shape.height, output: to.shape.height, window: window.height, reach: reach.y)
      && stays(input: from.shape.width, output: to.shape.width, window: window.width, reach: reach.x)
  }
}

/// Feature maps as the kernels see them.
struct DeviceMaps {
  let shape: Shape
  let block: Int
  let blocks: Int
  let halo: Int

  init(_ shape: Shape) {
    let layout = BlockedLayout(TensorType(shape, .features))
    self.shape = shape
    block = layout.featureBlock
    blocks = BlockedLayout.blocks(shape.channels, of: block)
    halo = layout.halo
  }

  /// Scratch memory: whole blocks, without a halo.
  init(scratch shape: Shape) {
    self.shape = shape
    block = BlockedLayout.block
    blocks = BlockedLayout.blocks(shape.channels)
    halo = 0
  }

  /// Height, width and halo of the maps `name`, x or y.
  func extents(_ name: String) -> KernelArguments {
    KernelArguments([
      ("\(name)_height", .int(shape.height)), ("\(name)_width", .int(shape.width)), ("\(name)_halo", .int(halo)),
    ])
  }
}

/// The kernels of a convolution. Arguments are numbered as the ops number their inputs.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForward(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planForwardTiled(hasBias: hasBias, on: device) { return plan }
    requireFloats(on: device)
    let tiles = ConvolutionTiles(device: device)
    let bias: KernelArgument? = hasBias ? .input(2) : nil
    let (from, to) = (DeviceMaps(x), DeviceMaps(y))
    if let plan = winograd(
      from: from, filter: .input(1), bias: bias, to: to, workspace: 0, isTransposed: false, on: tiles)
    {
      return plan
    }
    let gather = gather(
      from: from, filter: .input(1), filterBlock: BlockedLayout.filterBlock(w), bias: bias, to: to, .output(0),
      window: (w.height, w.width), gatherStep: stride, scatterStep: 1,
      reach: (w.height - 1 - padding, w.width - 1 - padding), on: tiles)
    return LaunchPlan([gather])
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInput(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardInputTiled(hasBias: hasBias, on: device) { return plan }
    requireFloats(on: device)
    let tiles = ConvolutionTiles(device: device)
    let bias: KernelArgument? = hasBias ? .input(2) : nil
    let (from, to) = (DeviceMaps(y), DeviceMaps(x))
    if from.block == BlockedLayout.block && to.block < BlockedLayout.block {
      return scatterWindows(from: from, bias: bias, to: to, on: tiles)
    }
    let transpose = filterTranspose(of: .input(1), into: .workspace(0), on: tiles)
    if let plan = winograd(
      from: from, filter: .workspace(0), bias: bias, to: to, workspace: 1, isTransposed: true, on: tiles)
    {
      return LaunchPlan([transpose.launch] + plan.launches, workspaces: [transpose.count] + plan.workspaces)
    }
    let gather = gather(
      from: from, filter: .workspace(0), filterBlock: from.block, bias: bias, to: to, .output(0),
      window: (w.height, w.width), gatherStep: 1, scatterStep: stride, reach: (padding, padding), on: tiles)
    return LaunchPlan([transpose.launch, gather], workspaces: [transpose.count])
  }

  private func requireFloats(on device: DeviceTraits) {
    precondition(device.precision == .float, "no kernel for windows of \(w) on maps of float16")
  }

  /// The filter for sums over its outputs, and the floats that it takes.
  func filterTranspose(
    of filter: KernelArgument, into panels: KernelArgument, on tiles: ConvolutionTiles
  ) -> (launch: KernelLaunch, count: Int) {
    let from = DeviceMaps(y)
    let outputBlocks = BlockedLayout.blocks(x.channels)
    let window = w.height * w.width
    let perItem = tiles.unitsPerItem(outputBlocks, groups: from.blocks, vectorOps: 64 * window)
    let launch = tiles.launch(
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
  func planBackwardWeight(x input: KernelArgument, gradY: KernelArgument, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardWeightTiled(x: input, gradY: gradY, on: device) { return plan }
    if device.precision == .mixed {
      return planBackwardWeight(x: input, gradY: gradY, on: device.inFloat)
        .withFloats([(input, x), (gradY, y)], on: device)
    }
    let tiles = ConvolutionTiles(device: device)
    let (from, to) = (DeviceMaps(x), DeviceMaps(y))
    if let plan = planWinogradBackwardWeight(x: input, gradY: gradY, from: from, to: to, on: tiles) { return plan }
    let filterBlock = BlockedLayout.filterBlock(w)
    let outputBlocks = BlockedLayout.blocks(y.channels)
    let channels = min(from.block, filterBlock)
    let columns = w.width * channels
    let tile = tiles.columns(outputBlocks: outputBlocks)
    // A tile may run on from one tap to the next where the taps of x and w follow each other alike and none is clipped.
    let isClipped = padding > from.halo
    let runsOn = !isClipped && from.block == filterBlock
    let limit = runsOn ? columns : channels
    let tileColumns = (1...min(limit, tile.columns)).last { limit.isMultiple(of: $0) } ?? 1
    let takesWindow = tileColumns == columns && w.height * columns <= tile.columns
    let tileRows = takesWindow && !isClipped ? w.height : 1

    let count = from.blocks * (columns / tileColumns) * (w.height / tileRows)
    let tilesPerItem = min(count, tiles.weightTilesPerItem)
    let items = count.dividedRoundingUp(by: tilesPerItem)
    let allPixels = y.batch * pixels
    // Channels that w has and x has not are zero already in w, but would not be in partial sums.
    let passes = allPixels.dividedRoundingUp(by: tiles.pixelsPerPass)
    let wanted = from.block < filterBlock ? 1 : tiles.parts(of: passes, items: items * (outputBlocks / tile.outputs))
    let pixelsPerPart = allPixels.dividedRoundingUp(by: wanted)
    let parts = allPixels.dividedRoundingUp(by: pixelsPerPart)

    let gradient = tiles.launch(
      "conv2d_backward_weight",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "GRADIENT_BLOCK": to.block, "TILE_ROWS": tileRows,
        "TILE_COLUMNS": tileColumns, "TILE_OUTPUTS": tile.outputs, "ONE_TILE": tiles.weightTilesPerItem == 1 ? 1 : 0,
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
    let sum = tiles.sumPartials(.workspace(0), into: .output(0), parts: parts, count: size)
    return LaunchPlan([gradient, sum], workspaces: [parts * size])
  }

  /// One launch of `conv2d_gather`, of input 0. `reach` is how far a window of the scatter reaches before its pixel; a forward pass
  /// is a scatter by one pixel with the taps flipped twice.
  private func gather(
    from: DeviceMaps, filter: KernelArgument, filterBlock: Int, bias: KernelArgument?, to: DeviceMaps,
    _ output: KernelArgument, window: (height: Int, width: Int), gatherStep: Int, scatterStep: Int,
    reach: (y: Int, x: Int), on tiles: ConvolutionTiles
  ) -> KernelLaunch {
    let outputBlocks = BlockedLayout.blocks(to.shape.channels)
    let inImageOrder = !staysInHalo(from, to, window, gatherStep, scatterStep, reach)
    let phases = scatterStep * scatterStep
    let places =
      to.shape.height.dividedRoundingUp(by: scatterStep) * to.shape.width.dividedRoundingUp(by: scatterStep)
    // An item's pixels are those of one place on the map in image order, and any otherwise.
    let (runs, run) = inImageOrder ? (places, to.shape.batch) : (1, to.shape.batch * places)
    let tile = tiles.pixels(outputBlocks: outputBlocks, run: run)
    let groups = outputBlocks / tile.outputs
    let perItem = tiles.tilesPerItem(of: run.dividedRoundingUp(by: tile.pixels), runs: runs * groups * phases)
    return tiles.launch(
      "conv2d_gather",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block, "TILE_PIXELS": tile.pixels,
        "TILE_OUTPUTS": tile.outputs, "ITEM_TILES": tiles.mostTilesPerItem,
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

  /// A transposed convolution to an image: products with whole windows, which are then added up where they overlap.
  private func scatterWindows(
    from: DeviceMaps, bias: KernelArgument?, to: DeviceMaps, on tiles: ConvolutionTiles
  ) -> LaunchPlan {
    let filterBlock = BlockedLayout.filterBlock(w)
    let window = w.height * w.width * filterBlock
    let products = DeviceMaps(scratch: Shape(from.shape.batch, window, from.shape.height, from.shape.width))
    let panels = tiles.launch(
      "filter_windows",
      ["w": .input(1), "panels": .workspace(0), "panel_blocks": .int(from.blocks), "window": .int(window)],
      over: [from.blocks])
    let gather = gather(
      from: from, filter: .workspace(0), filterBlock: from.block, bias: nil, to: products, .workspace(1),
      window: (1, 1), gatherStep: 1, scatterStep: 1, reach: (0, 0), on: tiles)
    let rows = to.shape.batch * to.shape.height
    let perItem = tiles.unitsPerItem(rows, groups: 1, vectorOps: to.shape.width * window / (stride * stride))
    let scatter = tiles.launch(
      "conv2d_scatter_windows", defines: ["FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block],
      [
        "z": .workspace(1), "b": bias ?? .input(1), "y": .output(0), "has_bias": .int(bias == nil ? 0 : 1),
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
    _ from: DeviceMaps, _ to: DeviceMaps, _ window: (height: Int, width: Int), _ gatherStep: Int, _ scatterStep: Int,
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

/// Feature maps as the kernels see them.
private struct DeviceMaps {
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

  /// Height, width and halo.
  var extents: [KernelArgument] { [.int(shape.height), .int(shape.width), .int(halo)] }
}

/// The kernels of a convolution. Arguments are numbered as the ops number their inputs.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForward(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planForwardTiled(hasBias: hasBias, on: device) { return plan }
    let gather = gather(
      from: DeviceMaps(x), .input(0), filter: .input(1), filterBlock: BlockedLayout.filterBlock(w),
      bias: hasBias ? .input(2) : nil, to: DeviceMaps(y), gatherStep: stride, scatterStep: 1,
      reach: (w.height - 1 - padding, w.width - 1 - padding), on: ConvolutionTiles(device: device))
    return LaunchPlan([gather])
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInput(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardInputTiled(hasBias: hasBias, on: device) { return plan }
    let tiles = ConvolutionTiles(device: device)
    let bias: KernelArgument? = hasBias ? .input(2) : nil
    let (from, to) = (DeviceMaps(y), DeviceMaps(x))
    let isLinear = x.height * x.width == 1 && w.height * w.width == 1
    if from.block == BlockedLayout.block && (isLinear || to.block < BlockedLayout.block) {
      return LaunchPlan([scatterLanes(from: from, bias: bias, to: to, on: tiles)])
    }
    let outputBlocks = BlockedLayout.blocks(x.channels)
    let window = w.height * w.width
    let transpose = tiles.launch(
      "filter_transpose", defines: ["FILTER_BLOCK": BlockedLayout.filterBlock(w), "PANEL_BLOCK": from.block],
      [
        .input(1), .workspace(0), .int(from.blocks), .int(outputBlocks), .int(w.height), .int(w.width), .int(stride),
      ],
      over: [from.blocks, outputBlocks])
    let gather = gather(
      from: from, .input(0), filter: .workspace(0), filterBlock: from.block, bias: bias, to: to, gatherStep: 1,
      scatterStep: stride, reach: (padding, padding), on: tiles)
    return LaunchPlan(
      [transpose, gather],
      workspaces: [outputBlocks * window * from.blocks * from.block * BlockedLayout.block])
  }

  /// Output gradW.
  func planBackwardWeight(x input: KernelArgument, gradY: KernelArgument, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardWeightTiled(x: input, gradY: gradY, on: device) { return plan }
    let tiles = ConvolutionTiles(device: device)
    let (from, to) = (DeviceMaps(x), DeviceMaps(y))
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
    let items = BlockedLayout.blocks(count, of: tilesPerItem)
    let allPixels = y.batch * pixels
    // Channels that w has and x has not are zero already in w, but would not be in partial sums.
    let wanted =
      from.block < filterBlock ? 1 : tiles.parts(of: allPixels, items: items * (outputBlocks / tile.outputs))
    let pixelsPerPart = BlockedLayout.blocks(allPixels, of: wanted)
    let parts = BlockedLayout.blocks(allPixels, of: pixelsPerPart)

    let gradient = tiles.launch(
      "conv2d_backward_weight",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "GRADIENT_BLOCK": to.block, "TILE_ROWS": tileRows,
        "TILE_COLUMNS": tileColumns, "TILE_OUTPUTS": tile.outputs,
      ],
      [input, gradY, parts == 1 ? .output(0) : .workspace(0), .int(x.batch), .int(from.blocks)] + from.extents
        + [.int(outputBlocks)] + to.extents
        + [
          .int(w.height), .int(w.width), .int(stride), .int(padding), .int(isClipped ? 1 : 0), .int(tilesPerItem),
          .int(pixelsPerPart),
        ],
      over: [items, outputBlocks / tile.outputs, parts], isGuarded: true)
    if parts == 1 { return LaunchPlan([gradient]) }
    let size = BlockedLayout(TensorType(w, .filter)).count
    let sum = tiles.sumPartials(.workspace(0), into: .output(0), parts: parts, count: size)
    return LaunchPlan([gradient, sum], workspaces: [parts * size])
  }

  /// One launch of `conv2d_gather`. `reach` is how far a window of the scatter reaches before its pixel; a forward pass
  /// is a scatter by one pixel with the taps flipped twice.
  private func gather(
    from: DeviceMaps, _ input: KernelArgument, filter: KernelArgument, filterBlock: Int, bias: KernelArgument?,
    to: DeviceMaps, gatherStep: Int, scatterStep: Int, reach: (y: Int, x: Int), on tiles: ConvolutionTiles
  ) -> KernelLaunch {
    let outputBlocks = BlockedLayout.blocks(to.shape.channels)
    let inImageOrder = !staysInHalo(from, to, gatherStep, scatterStep, reach)
    let phases = scatterStep * scatterStep
    let tile = tiles.pixels(outputBlocks: outputBlocks)
    let groups = outputBlocks / tile.outputs
    let places =
      BlockedLayout.blocks(to.shape.height, of: scatterStep) * BlockedLayout.blocks(to.shape.width, of: scatterStep)
    // An item's pixels are those of one place on the map in image order, and any otherwise.
    let (runs, run) = inImageOrder ? (places, to.shape.batch) : (1, to.shape.batch * places)
    let perItem = tiles.tilesPerItem(of: BlockedLayout.blocks(run, of: tile.pixels), runs: runs * groups * phases)
    return tiles.launch(
      "conv2d_gather",
      defines: [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block, "TILE_PIXELS": tile.pixels,
        "TILE_OUTPUTS": tile.outputs, "ITEM_TILES": tiles.mostTilesPerItem,
      ],
      [input, filter, bias ?? filter, .output(0), .int(bias == nil ? 0 : 1), .int(from.shape.batch), .int(from.blocks)]
        + from.extents + [.int(outputBlocks)] + to.extents
        + [
          .int(w.height), .int(w.width), .int(gatherStep), .int(scatterStep), .int(reach.y), .int(reach.x),
          .int(inImageOrder ? 1 : 0), .int(perItem),
        ],
      over: [runs * BlockedLayout.blocks(run, of: perItem * tile.pixels), groups, phases], isGuarded: true)
  }

  /// One launch of `conv2d_scatter_lanes`.
  private func scatterLanes(
    from: DeviceMaps, bias: KernelArgument?, to: DeviceMaps, on tiles: ConvolutionTiles
  ) -> KernelLaunch {
    let filterBlock = BlockedLayout.filterBlock(w)
    let channels = min(filterBlock, to.block)
    let tile = tiles.lanes(channels: channels)
    let inImageOrder = !staysInHalo(from, to, 1, stride, (padding, padding))
    let phases = stride * stride
    let count = tileCount(to.shape, tile.pixels, stride, inImageOrder: inImageOrder)
    let perItem = tiles.unitsPerItem(
      count, groups: to.blocks * phases,
      vectorOps: tile.pixels * channels * from.blocks * w.height * w.width / phases)
    return tiles.launch(
      "conv2d_scatter_lanes",
      defines: [
        "FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block, "TILE_PIXELS": tile.pixels, "TILE_CHANNELS": tile.channels,
      ],
      [.input(0), .input(1), bias ?? .input(1), .output(0), .int(bias == nil ? 0 : 1), .int(from.shape.batch)]
        + [.int(from.blocks)] + from.extents + [.int(to.blocks)] + to.extents
        + [
          .int(w.height), .int(w.width), .int(stride), .int(padding), .int(inImageOrder ? 1 : 0), .int(perItem),
        ],
      over: [BlockedLayout.blocks(count, of: perItem), to.blocks, phases], isGuarded: true)
  }

  /// Tiles of the largest phase of the output: over pixels, or over the images of each pixel.
  private func tileCount(_ to: Shape, _ tilePixels: Int, _ scatterStep: Int, inImageOrder: Bool) -> Int {
    let pixels =
      BlockedLayout.blocks(to.height, of: scatterStep) * BlockedLayout.blocks(to.width, of: scatterStep)
    if inImageOrder { return pixels * BlockedLayout.blocks(to.batch, of: tilePixels) }
    return BlockedLayout.blocks(to.batch * pixels, of: tilePixels)
  }

  /// True if every tap of every pixel reads the input or its halo, in all phases of the scatter.
  private func staysInHalo(
    _ from: DeviceMaps, _ to: DeviceMaps, _ gatherStep: Int, _ scatterStep: Int, _ reach: (y: Int, x: Int)
  ) -> Bool {
    func stays(input: Int, output: Int, window: Int, reach: Int) -> Bool {
      (0..<min(scatterStep, output)).allSatisfy { phase in
        let taps = (window - (phase + reach) % scatterStep + scatterStep - 1) / scatterStep
        if taps == 0 { return true }
        let places = (output - phase + scatterStep - 1) / scatterStep
        let first = (phase + reach) / scatterStep - (taps - 1)
        let last = (places - 1) * gatherStep + first + taps - 1
        return first >= -from.halo && last < input + from.halo
      }
    }
    return stays(input: from.shape.height, output: to.shape.height, window: w.height, reach: reach.y)
      && stays(input: from.shape.width, output: to.shape.width, window: w.width, reach: reach.x)
  }
}

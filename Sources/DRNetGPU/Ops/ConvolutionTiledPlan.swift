/// The kernels of a convolution on a GPU: products of matrices in tiles. Each plan is nil where they cannot compute it, as
/// where a window reaches beyond the halo or the result is an image; the general kernels of `ConvolutionPlan` can.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForwardTiled(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan? {
    guard readsImageOrMaps, BlockedLayout(TensorType(y, .features)).featureBlock == BlockedLayout.block else {
      return nil
    }
    return planTiled(
      from: x, to: y, isTransposed: false, step: stride, hasBias: hasBias,
      steps: BlockedLayout.blocks(windowCount(ofBlock: filterBlock), of: 16), on: device)
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInputTiled(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan? {
    // From one pixel each pixel of x is reached by one tap, as if windows lay side by side.
    let isSpread = pixels == 1 && padding == 0 && w.height == w.width
    let step = isSpread ? w.height : stride
    let halo = BlockedLayout(TensorType(y, .features)).halo
    func stays(_ x: Int, _ y: Int, window: Int) -> Bool {
      (window - 1 - padding) / step <= halo && (x - 1 + padding) / step < y + halo
    }
    let blocks = [x, y].map { BlockedLayout(TensorType($0, .features)).featureBlock } + [filterBlock]
    guard
      blocks.allSatisfy({ $0 == BlockedLayout.block }), stays(x.height, y.height, window: w.height),
      stays(x.width, y.width, window: w.width)
    else { return nil }
    // The phase with the most taps.
    let taps = BlockedLayout.blocks(w.height, of: step) * BlockedLayout.blocks(w.width, of: step)
    return planTiled(
      from: y, to: x, isTransposed: true, step: step, hasBias: hasBias,
      steps: BlockedLayout.blocks(y.channels) * taps, on: device)
  }

  /// Output gradW.
  func planBackwardWeightTiled(x input: KernelArgument, gradY: KernelArgument, on device: DeviceTraits) -> LaunchPlan? {
    let (from, to) = (BlockedLayout(TensorType(x, .features)), BlockedLayout(TensorType(y, .features)))
    let rows = windowCount(ofBlock: filterBlock)
    let columns = BlockedLayout.blocks(y.channels) * BlockedLayout.block
    guard
      readsImageOrMaps, to.featureBlock == BlockedLayout.block,
      let split = MatrixSplit(
        rows: rows, columns: columns, steps: BlockedLayout.blocks(y.batch * pixels), on: device)
    else { return nil }
    let (parts, isWhole) = (split.parts, split.parts == 1)
    let gradient = split.launch(
      "conv2d_backward_weight_tiled",
      defines: ["X_BLOCK": from.featureBlock, "X_SHARE": floatsLoadedTogether(from)],
      [input, gradY, isWhole ? .output(0) : .workspace(0), .int(x.batch)] + extents(x) + extents(y) + [
        .int(w.height), .int(w.width), .int(stride), .int(padding), .int(parts),
      ], rows: rows, columns: columns)
    if isWhole { return LaunchPlan([gradient]) }
    let count = rows * columns
    return LaunchPlan(
      [gradient, .sumOfQuads(.workspace(0), into: .output(0), parts: parts, count: count)],
      workspaces: [parts * count])
  }

  private func planTiled(
    from: Shape, to: Shape, isTransposed: Bool, step: Int, hasBias: Bool, steps: Int, on device: DeviceTraits
  ) -> LaunchPlan? {
    let scatterStep = isTransposed ? step : 1
    let phases = scatterStep * scatterStep
    let phasePixels =
      to.batch * BlockedLayout.blocks(to.height, of: scatterStep) * BlockedLayout.blocks(to.width, of: scatterStep)
    let columns = BlockedLayout.blocks(to.channels) * BlockedLayout.block
    guard
      let split = MatrixSplit(rows: phasePixels, columns: columns, steps: steps, products: phases, on: device)
    else { return nil }
    let (parts, isWhole) = (split.parts, split.parts == 1)
    let bias: [KernelArgument] = [.input(hasBias ? 2 : 1)]
    let flag: [KernelArgument] = [.int(hasBias ? 1 : 0)]
    let product = split.launch(
      "conv2d_tiled",
      defines: [
        "X_BLOCK": BlockedLayout(TensorType(from, .features)).featureBlock, "TRANSPOSED": isTransposed ? 1 : 0,
      ],
      [.input(0), .input(1)] + bias + [isWhole ? .output(0) : .workspace(0)] + flag + [.int(from.batch)]
        + extents(from) + extents(to) + [
          .int(w.height), .int(w.width), .int(step), .int(padding), .int(parts),
        ], rows: phasePixels, columns: columns, products: phases)
    if isWhole { return LaunchPlan([product]) }
    let sum = KernelLaunch(
      "conv2d_tiled_sum",
      [.workspace(0)] + bias + [.output(0)] + flag + [.int(parts), .int(to.batch)] + extents(to) + [.int(scatterStep)],
      over: [phasePixels * 4, columns / BlockedLayout.block, phases])
    return LaunchPlan([product, sum], workspaces: [parts * phases * phasePixels * columns])
  }

  /// Blocks of channels, height, width and halo of feature maps.
  private func extents(_ shape: Shape) -> [KernelArgument] {
    let layout = BlockedLayout(TensorType(shape, .features))
    return [
      .int(BlockedLayout.blocks(shape.channels, of: layout.featureBlock)), .int(shape.height), .int(shape.width),
      .int(layout.halo),
    ]
  }

  /// Floats of x that a weight gradient's work-item may load at once, for they lie aligned.
  private func floatsLoadedTogether(_ x: BlockedLayout) -> Int {
    let block = x.featureBlock
    if block == BlockedLayout.block { return 4 }
    let starts = [
      block * w.width, block * stride, block * (x.type.shape.width + 2 * x.halo), block * (x.halo - padding),
    ]
    return starts.allSatisfy { $0.isMultiple(of: 2) } ? 2 : 1
  }

  private var filterBlock: Int { BlockedLayout.filterBlock(w) }

  /// Floats that a window holds in each row of 16 outputs of the filter.
  private func windowCount(ofBlock block: Int) -> Int {
    BlockedLayout.blocks(x.channels, of: block) * block * w.height * w.width
  }

  /// True if x and w have blocks of one size, every tap reads x or its halo, and the table of an image's taps suffices.
  private var readsImageOrMaps: Bool {
    let layout = BlockedLayout(TensorType(x, .features))
    func stays(_ x: Int, _ y: Int, window: Int) -> Bool {
      padding <= layout.halo && (y - 1) * stride - padding + window <= x + layout.halo
    }
    return layout.featureBlock == filterBlock && stays(x.height, y.height, window: w.height)
      && stays(x.width, y.width, window: w.width)
      && (filterBlock == BlockedLayout.block || windowCount(ofBlock: filterBlock) <= 256 - 16)
  }
}

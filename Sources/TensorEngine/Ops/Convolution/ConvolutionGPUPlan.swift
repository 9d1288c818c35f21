/// The kernels of a convolution on a GPU: matrix products in tiles, or direct kernels if tiles would be mostly padding.
/// Each plan is nil on other devices.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForwardOnGPU(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan? {
    let (from, to) = (DeviceFeatures(x), DeviceFeatures(y))
    guard suitsTiles(from: from, to: to) else {
      return planDirect(from: from, to: to, isTransposed: false, hasBias: hasBias, on: device)
    }
    return planTiled(
      from: from, to: to, isTransposed: false, step: stride, isClipped: reach > from.halo, hasBias: hasBias,
      steps: BlockedLayout.blocks(filterRows), on: device)
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInputOnGPU(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan? {
    let (from, to) = (DeviceFeatures(y), DeviceFeatures(x))
    guard suitsTiles(from: from, to: to), filterBlock == BlockedLayout.block else {
      return planDirect(from: from, to: to, isTransposed: true, hasBias: hasBias, on: device)
    }
    // If y has one pixel, one tap reaches each pixel of x, as if windows were side by side.
    let isSpread = pixels == 1 && padding == 0 && w.height == w.width
    let step = isSpread ? w.height : stride
    func stays(_ x: Int, _ y: Int, window: Int) -> Bool {
      (window - 1 - padding) / step <= from.halo && (x - 1 + padding) / step < y + from.halo
    }
    let isClipped =
      !stays(x.height, y.height, window: w.height) || !stays(x.width, y.width, window: w.width)
    // The phase with the most taps.
    let taps = w.height.dividedRoundingUp(by: step) * w.width.dividedRoundingUp(by: step)
    return planTiled(
      from: from, to: to, isTransposed: true, step: step, isClipped: isClipped, hasBias: hasBias,
      steps: BlockedLayout.blocks(y.channels) * taps, on: device)
  }

  /// Output gradW.
  func planBackwardWeightOnGPU(x input: KernelArgument, gradY: KernelArgument, on device: DeviceTraits) -> LaunchPlan? {
    let (from, to) = (DeviceFeatures(x), DeviceFeatures(y))
    let columns = BlockedLayout.blocks(y.channels) * BlockedLayout.block
    guard
      suitsTiles(from: from, to: to),
      let split = MatrixSplit(
        rows: filterRows, columns: columns, steps: BlockedLayout.blocks(y.batch * pixels), on: device)
    else { return nil }
    let (parts, isWhole) = (split.parts, split.parts == 1)
    var (launches, workspaces): ([KernelLaunch], [Int]) = ([], [])
    // Bounds tests beyond the halo would cost a twentieth of the hot loop's
    // time. A halo as wide as the windows' reach needs none.
    let halo = max(from.halo, reach)
    if halo > from.halo {
      let wide = widenHalo(of: input, to: halo, into: .workspace(0), on: device)
      launches.append(wide.launch)
      workspaces.append(wide.count)
    }
    let partials = KernelArgument.workspace(workspaces.count)
    launches.append(
      split.launch(
        "conv2d_backward_weight_tiled",
        defines: [
          "X_BLOCK": from.block, "X_SHARE": floatsLoadedTogether(from, halo: halo),
          "ALIGNED": outputsAreAligned ? 1 : 0,
        ].merging(formats(from, to, on: device)) { $1 },
        [
          "x": halo > from.halo ? .workspace(0) : input, "grad_y": gradY, "grad_w": isWhole ? .output(0) : partials,
          "images": .int(x.batch),
        ] + from.blocksAndExtents("x", halo: halo) + to.blocksAndExtents("y") + window(step: stride) + [
          "parts": .int(parts)
        ],
        rows: filterRows, columns: columns))
    if !isWhole {
      let count = filterRows * columns
      launches.append(.sumOfQuads(partials, into: .output(0), parts: parts, count: count))
      workspaces.append(parts * count)
    }
    return LaunchPlan(launches, workspaces: workspaces)
  }

  /// Whether the number of pixels of y is a multiple of 16, and every aligned group of 8 pixels has the same shape:
  /// part of a row, or whole rows of an image, or whole images.
  private var outputsAreAligned: Bool {
    guard (y.batch * pixels).isMultiple(of: BlockedLayout.block) else { return false }
    if y.width.isMultiple(of: 8) { return true }
    let rows = 8 / y.width
    return rows * y.width == 8 && (y.height.isMultiple(of: rows) || rows.isMultiple(of: y.height))
  }

  /// Copies x with a wider halo. Also returns the floats of the copy.
  private func widenHalo(
    of input: KernelArgument, to halo: Int, into wide: KernelArgument, on device: DeviceTraits
  ) -> (launch: KernelLaunch, count: Int) {
    let from = DeviceFeatures(x)
    let count = x.batch * from.blocks * from.block * (x.height + 2 * halo) * (x.width + 2 * halo)
    let launch = KernelLaunch.byElements(
      "widen_halo", defines: device.laneDefines(for: from.type),
      ["x": input, "wide": wide, "items": .int(count), "halo": .int(halo)] + from.geometry,
      count: count)
    return (launch, device.storesHalf(from.type) ? count / 2 : count)
  }

  private func planTiled(
    from: DeviceFeatures, to: DeviceFeatures, isTransposed: Bool, step: Int, isClipped: Bool, hasBias: Bool, steps: Int,
    on device: DeviceTraits
  ) -> LaunchPlan? {
    let scatterStep = isTransposed ? step : 1
    let phases = scatterStep * scatterStep
    let phasePixels = phasePixels(to, scatterStep)
    let columns = BlockedLayout.blocks(to.shape.channels) * BlockedLayout.block
    guard
      let split = MatrixSplit(rows: phasePixels, columns: columns, steps: steps, products: phases, on: device)
    else { return nil }
    let (parts, isWhole) = (split.parts, split.parts == 1)
    let bias = KernelArgument.input(hasBias ? 2 : 1)
    let flag = KernelArgument.int(hasBias ? 1 : 0)
    let product = split.launch(
      "conv2d_tiled",
      defines: [
        "X_BLOCK": from.block, "TRANSPOSED": isTransposed ? 1 : 0, "CLIPPED": isClipped ? 1 : 0,
      ].merging(formats(from, isWhole ? to : nil, on: device)) { $1 },
      [
        "x": .input(0), "w": .input(1), "b": bias, "y": isWhole ? .output(0) : .workspace(0), "has_bias": flag,
        "images": .int(from.shape.batch),
      ] + from.blocksAndExtents("x") + to.blocksAndExtents("y") + window(step: step) + ["parts": .int(parts)],
      rows: phasePixels, columns: columns, products: phases)
    if isWhole { return LaunchPlan([product]) }
    let sum = KernelLaunch(
      "conv2d_tiled_sum", defines: formats(nil, to, on: device).mapValues(String.init),
      [
        "sums": .workspace(0), "b": bias, "y": .output(0), "has_bias": flag, "parts": .int(parts),
        "images": .int(to.shape.batch),
      ] + to.blocksAndExtents("y") + ["step": .int(scatterStep)],
      over: [phasePixels * 4, columns / BlockedLayout.block, phases])
    return LaunchPlan([product, sum], workspaces: [parts * phases * phasePixels * columns])
  }

  private func planDirect(
    from: DeviceFeatures, to: DeviceFeatures, isTransposed: Bool, hasBias: Bool, on device: DeviceTraits
  ) -> LaunchPlan? {
    guard device.sumsInGroups, w.width <= 64 else { return nil }
    let step = isTransposed ? stride : 1
    let outputs = to.blocks * to.block / min(to.block, 4)
    var product = KernelLaunch.grouped(
      "conv2d_direct",
      [
        "x": .input(0), "w": .input(1), "b": .input(hasBias ? 2 : 1), "y": .output(0),
        "has_bias": .int(hasBias ? 1 : 0), "images": .int(to.shape.batch),
      ] + from.blocksAndExtents("x") + to.blocksAndExtents("y") + window(step: stride),
      [phasePixels(to, step).dividedRoundingUp(by: DeviceTraits.groupItems), step * step, outputs])
    product.defines.merge(
      [
        "X_BLOCK": from.block, "FILTER_BLOCK": filterBlock, "Y_BLOCK": to.block, "TRANSPOSED": isTransposed ? 1 : 0,
      ].merging(formats(from, to, on: device)) { $1 }.mapValues(String.init)
    ) { $1 }
    return LaunchPlan([product])
  }

  /// The macros for feature maps that are stored as float16; empty if there are none.
  private func formats(_ x: DeviceFeatures?, _ y: DeviceFeatures?, on device: DeviceTraits) -> [String: Int] {
    func isHalf(_ features: DeviceFeatures?) -> Bool { features.map { device.storesHalf($0.type) } ?? false }
    return ["X_HALF": isHalf(x), "Y_HALF": isHalf(y)].filter(\.value).mapValues { _ in 1 }
  }

  private var filterBlock: Int { BlockedLayout.filterBlock(w) }

  /// Rows of 16 outputs in each block of the filter: one for each float of a window.
  private var filterRows: Int {
    BlockedLayout.blocks(x.channels, of: filterBlock) * filterBlock * w.height * w.width
  }

  /// Pixels of the largest phase.
  private func phasePixels(_ to: DeviceFeatures, _ step: Int) -> Int {
    to.shape.batch * to.shape.height.dividedRoundingUp(by: step) * to.shape.width.dividedRoundingUp(by: step)
  }

  /// True if a product has enough outputs for a tile, and the input's blocks are those of the filter: either whole, or
  /// those of an image whose window fits the kernel's table.
  private func suitsTiles(from: DeviceFeatures, to: DeviceFeatures) -> Bool {
    guard to.block == BlockedLayout.block, from.block == filterBlock else { return false }
    return filterBlock == BlockedLayout.block || from.shape == x && filterRows <= 256 - BlockedLayout.block
  }

  /// Maximum distance in pixels that windows reach beyond x.
  private var reach: Int {
    func reach(_ x: Int, _ y: Int, window: Int) -> Int { max(padding, (y - 1) * stride - padding + window - x) }
    return max(reach(x.height, y.height, window: w.height), reach(x.width, y.width, window: w.width))
  }

  /// Floats of x that a work-item of a weight gradient may load at once, since they are aligned.
  private func floatsLoadedTogether(_ x: DeviceFeatures, halo: Int) -> Int {
    let block = x.block
    if block == BlockedLayout.block { return 4 }
    let starts = [
      block * w.width, block * stride, block * (x.shape.width + 2 * halo), block * (halo - padding),
    ]
    return starts.allSatisfy { $0.isMultiple(of: 2) } ? 2 : 1
  }

  private func window(step: Int) -> KernelArguments {
    [
      "window_height": .int(w.height), "window_width": .int(w.width), "stride": .int(step), "padding": .int(padding),
    ]
  }
}

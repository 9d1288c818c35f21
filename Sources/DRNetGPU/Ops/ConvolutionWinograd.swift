/// The plan of `conv2d_winograd`: 9 products in place of 16, at the price of sums before and after.
///
/// Taken on CPU devices for windows of 4 x 4 pixels with stride 2 and padding 1, where outputs have two blocks of channels
/// or more: those sums, which all outputs share, must be few beside the products. Measured against `conv2d_gather`, batch
/// 32, PoCL and Intel's runtime with AVX-512: 1.1 to 1.5 times as fast on 64 channels of 32 x 32 to 512 of 4 x 4, both
/// ways; 1.15 to 1.25 with two blocks of outputs; 0.2 with one. With AVX2, Intel's: 1.6 to 1.8.
struct WinogradConvolution {
  /// Patches x blocks of outputs whose sums fill the registers.
  private let tile: (patches: Int, outputs: Int)
  private let from: DeviceMaps
  private let to: DeviceMaps
  private let isTransposed: Bool
  private let tiles: ConvolutionTiles

  /// A chunk's transformed inputs and its sums, 9 x 96 x (4 + 8) vectors of 64 bytes, take two thirds of a second-level
  /// cache of 1 MB; halves of it were up to a tenth slower.
  private static let mostPatches = 96
  private static let mostBlocks = 8
  /// Patches for which transforming the filter anew is worth it.
  private static let leastPatches = 24

  /// Nil where the direct kernels are to be taken.
  init?(_ convolution: Convolution, from: DeviceMaps, to: DeviceMaps, isTransposed: Bool, on tiles: ConvolutionTiles) {
    let w = convolution.w
    guard w.height == 4, w.width == 4, convolution.stride == 2, convolution.padding == 1, from.halo == 1,
      from.block == BlockedLayout.block, to.block == BlockedLayout.block,
      let tile = tiles.winograd(outputBlocks: to.blocks)
    else { return nil }
    self.tile = tile
    self.from = from
    self.to = to
    self.isTransposed = isTransposed
    self.tiles = tiles
  }

  /// The launch, of input 0, with the floats of its scratch memory.
  func launch(
    filter: KernelArgument, bias: KernelArgument?, scratch: KernelArgument
  ) -> (launch: KernelLaunch, scratchCount: Int) {
    let scatterStep = isTransposed ? 2 : 1
    func patches(_ extent: Int) -> Int { BlockedLayout.blocks(extent, of: 2 * scatterStep) }
    // Those of the first phase, which has the most.
    let allPatches = to.shape.batch * patches(to.shape.height) * patches(to.shape.width)
    let chunkBlocks = min(Self.mostBlocks, to.blocks)
    let groups = BlockedLayout.blocks(to.blocks, of: chunkBlocks) * scatterStep * scatterStep
    let chunks = max(
      BlockedLayout.blocks(allPatches, of: Self.mostPatches),
      min(
        BlockedLayout.blocks(allPatches, of: Self.leastPatches),
        BlockedLayout.blocks(2 * tiles.device.computeUnits, of: groups)))
    let tilesPerChunk = BlockedLayout.blocks(BlockedLayout.blocks(allPatches, of: chunks), of: tile.patches)
    let chunkPatches = tilesPerChunk * tile.patches
    let units = BlockedLayout.blocks(allPatches, of: chunkPatches) * groups
    // Few items, for each has scratch memory, which it finds in the cache again.
    let perItem = BlockedLayout.blocks(units, of: 4 * tiles.device.computeUnits)
    let items = BlockedLayout.blocks(units, of: perItem)
    let launch = tiles.launch(
      "conv2d_winograd", defines: ["TILE_PATCHES": tile.patches, "TILE_OUTPUTS": tile.outputs],
      [.input(0), filter, bias ?? filter, .output(0), scratch, .int(bias == nil ? 0 : 1), .int(to.shape.batch)]
        + [.int(from.blocks), .int(from.shape.height), .int(from.shape.width), .int(to.blocks)] + to.extents
        + [.int(isTransposed ? 1 : 0), .int(chunkPatches), .int(chunkBlocks), .int(units), .int(perItem)],
      over: [items])
    // Four sources and the sums of a chunk, in nine planes each, and a vector between planes.
    let plane = (chunkPatches * (4 + chunkBlocks) + 2) * BlockedLayout.block
    return (launch, items * 9 * plane)
  }
}

extension ConvolutionTiles {
  /// Patches x blocks of outputs of a tile of `conv2d_winograd`: with AVX-512 24 sums and 10 loads for as many
  /// multiply-adds, with AVX2 12 in halves. Nil where there are too few outputs, on GPUs, and where another tiling is asked for.
  func winograd(outputBlocks: Int) -> (patches: Int, outputs: Int)? {
    guard device.kind == .cpu, device.tiling == nil, outputBlocks > 1 else { return nil }
    if device.nativeVectorWidth < 16 { return (6, 1) }
    return [4, 2].first { outputBlocks.isMultiple(of: $0) }.map { (6, $0) }
  }
}

/// Features (N, C, H, W) as the kernels see them: blocks of channels, each with N * H rows of W pixels, and a halo
/// around every map.
struct DeviceFeatures {
  let type: TensorType
  /// Channels in a block.
  let block: Int
  let blocks: Int
  /// Width of the zero border of a map, in pixels.
  let halo: Int

  init(_ type: TensorType) {
    precondition(type.role == .features, "\(type) is not features")
    let layout = BlockedLayout(type)
    self.type = type
    block = layout.featureBlock
    blocks = BlockedLayout.blocks(type.shape.channels, of: block)
    halo = layout.halo
  }

  init(_ shape: Shape) { self.init(TensorType(shape, .features)) }

  /// Scratch memory: whole blocks, without a halo.
  init(scratch shape: Shape) {
    type = TensorType(shape, .features)
    block = BlockedLayout.block
    blocks = BlockedLayout.blocks(shape.channels)
    halo = 0
  }

  var shape: Shape { type.shape }

  /// Rows of pixels in one block of channels.
  var rows: Int { shape.batch * shape.height }

  /// Pixels, each a vector of `block` floats, in one block of channels.
  var pixels: Int { rows * shape.width }

  /// Arguments of kernels that need only channels, height and width.
  var geometry: KernelArguments {
    ["channels": .int(shape.channels), "height": .int(shape.height), "width": .int(shape.width)]
  }

  /// Height, width and halo of the features `name`, x or y. Default of `halo`: their own.
  func extents(_ name: String, halo: Int? = nil) -> KernelArguments {
    KernelArguments([
      ("\(name)_height", .int(shape.height)), ("\(name)_width", .int(shape.width)),
      ("\(name)_halo", .int(halo ?? self.halo)),
    ])
  }

  /// Blocks of channels, height, width and halo of the features `name`, x or y. Default of `halo`: their own.
  func blocksAndExtents(_ name: String, halo: Int? = nil) -> KernelArguments {
    KernelArguments([("\(name)_blocks", .int(blocks))]) + extents(name, halo: halo)
  }
}

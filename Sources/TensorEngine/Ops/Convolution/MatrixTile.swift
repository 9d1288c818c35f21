/// A tile of a matrix product that one work-group of a GPU computes, of rows x columns sums.
public struct MatrixTile: Hashable, Codable, Sendable {
  /// Work-items along the rows and along the columns.
  let itemRows, itemColumns: Int
  /// Columns of a work-item, whose sums are 8 rows of them.
  let columnsPerItem: Int

  var items: Int { itemRows * itemColumns }
  var rows: Int { 8 * itemRows }
  var columns: Int { columnsPerItem * itemColumns }

  var defines: [String: String] {
    ["GROUP_ROWS": "\(itemRows)", "GROUP_COLUMNS": "\(itemColumns)", "ITEM_OUTPUTS": "\(columnsPerItem)"]
  }

  /// Tiles that suit a device; none if the tiled kernels cannot run.
  ///
  /// Work-items with 8 x 8 sums read little enough local memory per multiply-add, but need 128 registers. Devices with
  /// narrow sub-groups share a fixed register file among the lanes of a sub-group: 8 x 4 sums fit there. They are also
  /// used if the width is unknown.
  package static func choices(on device: DeviceTraits) -> [MatrixTile] {
    guard device.kind == .gpu, device.localMemoryBytes >= 32 << 10 else { return [] }
    let tiles =
      device.subGroupWidth >= 32
      ? [
        MatrixTile(itemRows: 16, itemColumns: 16, columnsPerItem: 8),
        MatrixTile(itemRows: 16, itemColumns: 8, columnsPerItem: 8),
        MatrixTile(itemRows: 8, itemColumns: 8, columnsPerItem: 8),
      ] : [MatrixTile(itemRows: 8, itemColumns: 16, columnsPerItem: 4)]
    return tiles.filter { $0.items <= device.maxWorkGroupSize }
  }
}

/// The tile of a product, and the number of parts that its sums are split into.
public struct MatrixSplit: Hashable, Codable, Sendable {
  let tile: MatrixTile
  let parts: Int

  package init(_ tile: MatrixTile, parts: Int) {
    self.tile = tile
    self.parts = parts
  }

  /// The tile and split that are estimated to be the fastest for `products` matrix products of rows x columns sums of
  /// `steps` blocks of terms; nil if the device cannot run the tiled kernels.
  ///
  /// A compute unit is busy with 256 work-items of 64 independent sums, a narrow one with 64 of 32. The estimate counts
  /// multiply-adds of a compute unit: rounds of work-groups times the length of their sums, plus the time of 64 terms
  /// to start and end one; and the cost of writing and reading partial sums, at 25 multiply-adds per float. Ties are
  /// broken by the least padding.
  init?(rows: Int, columns: Int, steps: Int, products: Int = 1, on device: DeviceTraits) {
    if case .workGroups(let split) = device.tiling {
      self = split
      return
    }
    var best: (time: Int, area: Int, split: MatrixSplit)?
    let busyItems = device.subGroupWidth >= 32 ? 256 : 64
    for tile in MatrixTile.choices(on: device) {
      let groups = rows.dividedRoundingUp(by: tile.rows) * columns.dividedRoundingUp(by: tile.columns) * products
      let slots = max(1, device.computeUnits * busyItems / tile.items)
      for parts in 1...max(1, min(steps / 8, 64)) {
        let rounds = (groups * parts).dividedRoundingUp(by: slots)
        let terms = BlockedLayout.block * steps.dividedRoundingUp(by: parts) + 64
        let traffic = parts > 1 ? 2 * parts * rows * columns * products / device.computeUnits : 0
        let time = rounds * terms * busyItems * 8 * tile.columnsPerItem + 25 * traffic
        let area = groups * tile.rows * tile.columns
        if best.map({ (time, area) < ($0.time, $0.area) }) ?? true {
          best = (time, area, MatrixSplit(tile, parts: parts))
        }
      }
    }
    guard let best else { return nil }
    self = best.split
  }

  /// A kernel over tiles: work-groups along the rows, along the columns, and over the products times the parts.
  func launch(
    _ kernel: String, defines: [String: Int], _ arguments: KernelArguments, rows: Int, columns: Int, products: Int = 1
  ) -> KernelLaunch {
    KernelLaunch(
      kernel, defines: tile.defines.merging(defines.mapValues(String.init)) { $1 }, arguments,
      over: [
        rows.dividedRoundingUp(by: tile.rows) * tile.items, columns.dividedRoundingUp(by: tile.columns),
        products * parts,
      ], groups: [tile.items, 1, 1])
  }
}

/// One of several ways to tile a matrix product, instead of the one that is estimated to be the fastest on a device.
/// All compute the same, except for the order of sums.
public enum Tiling: Hashable, Codable, Sendable {
  /// On a CPU: the sums that a work-item keeps in vector registers, `blocks` blocks of 16 outputs for `rows` pixels or,
  /// in the gradient of a filter, for `rows` of its inputs.
  case registers(rows: Int, blocks: Int)
  /// On a GPU: the tile of a work-group, and the number of parts that sums are split into.
  case workGroups(MatrixSplit)

  /// The tiling as text for users.
  public var summary: String {
    switch self {
    case .registers(let rows, let blocks): "\(rows) x \(BlockedLayout.block * blocks) sums in registers"
    case .workGroups(let split):
      "\(split.tile.rows) x \(split.tile.columns) by \(split.tile.items) work-items, parts: \(split.parts)"
    }
  }

  /// Tilings for CPUs: from half of the registers of AVX2 to most of those of AVX-512.
  private static let registerTilings = [(1, [4, 6, 8, 10, 12]), (2, [4, 6, 8, 10, 12]), (4, [4, 6])]
    .flatMap { blocks, rows in rows.map { Tiling.registers(rows: $0, blocks: blocks) } }

  /// The tilings that may suit a device.
  package static func choices(on device: DeviceTraits) -> [Tiling] {
    if device.kind == .cpu { return registerTilings }
    return MatrixTile.choices(on: device).flatMap { tile in
      [1, 2, 4, 8, 16, 32].map { .workGroups(MatrixSplit(tile, parts: $0)) }
    }
  }
}

extension Op {
  public func takesTiling(_ inputs: [TensorType]) -> Bool { work(inputs).operations > 0 }
}

extension DeviceTraits {
  /// The device with a tiling instead of the estimated one.
  package func with(_ tiling: Tiling?) -> DeviceTraits {
    var traits = self
    traits.tiling = tiling
    return traits
  }
}

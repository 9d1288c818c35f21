/// A regression tree of depth 3 on binned dimensions: each cut lowers the squared error most.
struct RegressionTree: Sendable {
  private static let depth = 3

  /// A cut in a node: clips whose bin is at most `bin` go left.
  private struct Cut {
    var dimension: Int
    var bin: UInt8
    /// How much it lowers the sum of squared errors.
    var gain: Double

    /// Whether it is better by more than rounding, which must not decide between cuts that part the clips alike.
    func isBetter(than other: Cut?) -> Bool { gain > (other?.gain ?? 0) * (1 + 1e-9) }
  }

  /// Node i has the children 2 i + 1 and 2 i + 2; nil where there is no cut.
  private var cuts = [Cut?](repeating: nil, count: 1 << Self.depth - 1)
  /// How much the cuts in each dimension lower the sum of squared errors.
  private(set) var gains: [Double]

  /// - Parameters:
  ///   - targets: one number for each clip.
  ///   - bins: the bin of each clip, by dimension.
  ///   - order: all dimensions; of those that cut equally well the first is taken.
  /// - Returns: the tree, and the leaf of each clip.
  static func grown(_ targets: [Double], _ bins: [[UInt8]], order: [Int]) -> (tree: RegressionTree, leaves: [UInt8]) {
    var tree = RegressionTree(gains: [Double](repeating: 0, count: bins.count))
    var nodes = [UInt8](repeating: 0, count: targets.count)
    for level in 0..<depth {
      let first = 1 << level - 1
      let found = bestCuts(targets, bins, order, nodes, first: first, count: 1 << level)
      for (offset, cut) in found.enumerated() {
        tree.cuts[first + offset] = cut
        if let cut { tree.gains[cut.dimension] += cut.gain }
      }
      tree.descend(&nodes, bins, nodes: first..<first + 1 << level)
    }
    return (tree, nodes)
  }

  /// The leaf of each clip.
  func leaves(_ bins: [[UInt8]]) -> [UInt8] {
    var nodes = [UInt8](repeating: 0, count: bins[0].count)
    for level in 0..<Self.depth { descend(&nodes, bins, nodes: 1 << level - 1..<1 << (level + 1) - 1) }
    return nodes
  }

  /// Moves clips from the given nodes to their children.
  private func descend(_ places: inout [UInt8], _ bins: [[UInt8]], nodes: Range<Int>) {
    for clip in places.indices {
      let node = Int(places[clip])
      guard nodes.contains(node), let cut = cuts[node] else { continue }
      places[clip] = UInt8(2 * node + (bins[cut.dimension][clip] <= cut.bin ? 1 : 2))
    }
  }

  /// Sum and number of the targets in a bin or node.
  private struct Cell {
    var sum = 0.0
    var count = 0.0

    mutating func add(_ other: Cell) {
      sum += other.sum
      count += other.count
    }
  }

  /// The best cut of each of `count` nodes from `first` on; nil if none lowers the error.
  private static func bestCuts(
    _ targets: [Double], _ bins: [[UInt8]], _ order: [Int], _ nodes: [UInt8], first: Int, count: Int
  ) -> [Cut?] {
    let clips = nodes.indices.filter { nodes[$0] >= first }.map {
      (clip: $0, cells: (Int(nodes[$0]) - first) * BinnedCode.limit, target: targets[$0])
    }
    var totals = [Cell](repeating: Cell(), count: count)
    for (_, cells, target) in clips { totals[cells / BinnedCode.limit].add(Cell(sum: target, count: 1)) }
    var best = [Cut?](repeating: nil, count: count)
    withUnsafeTemporaryAllocation(of: Cell.self, capacity: count * BinnedCode.limit) { cells in
      for dimension in order {
        cells.initialize(repeating: Cell())
        let binCount = bins[dimension].withUnsafeBufferPointer { bins in
          var last = 0
          for (clip, first, target) in clips {
            let bin = Int(bins[clip])
            last = max(last, bin)
            cells[first + bin].add(Cell(sum: target, count: 1))
          }
          return last + 1
        }
        for node in 0..<count {
          let start = node * BinnedCode.limit
          let cut = bestCut(
            UnsafeMutableBufferPointer(rebasing: cells[start..<start + binCount]), total: totals[node], dimension)
          if cut.isBetter(than: best[node]) { best[node] = cut }
        }
      }
    }
    return best
  }

  /// The squared error falls by L R / N (mean on the left - mean on the right)^2 for L and R of N clips.
  private static func bestCut(_ cells: UnsafeMutableBufferPointer<Cell>, total: Cell, _ dimension: Int) -> Cut {
    var best = Cut(dimension: dimension, bin: 0, gain: 0)
    var left = Cell()
    for (bin, cell) in cells.enumerated() where cell.count > 0 {
      left.add(cell)
      let rest = total.count - left.count
      guard rest > 0 else { break }
      let excess = left.sum * total.count - total.sum * left.count
      let cut = Cut(
        dimension: dimension, bin: UInt8(bin), gain: excess * excess / (total.count * left.count * rest))
      if cut.isBetter(than: best) { best = cut }
    }
    return best
  }
}

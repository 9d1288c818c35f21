/// The place of each temporary of a schedule in memory, and which ones must be cleared before their first use.
///
/// Temporaries with disjoint lifetimes may share memory. They are placed greedily by size (Pisarchyk & Lee 2020,
/// "Efficient Memory Management for Deep Neural Net Inference"): in decreasing size, each in the smallest gap that is
/// free during its lifetime. The total comes within a few per cent of the lower bound, the largest sum of sizes that
/// are live at once.
///
/// Padding must be zero and kernels never write it, so a temporary that reuses another's memory may find the other's
/// elements in its padding. No clearing is needed if everything that overlaps it has the same type at the same place,
/// and so the same padding. All other temporaries are cleared before their first use, in every run. A clearing
/// costs a launch whatever the size, while the memory saved grows with it: only large tensors share across types.
struct MemoryPlan {
  struct Place: Equatable {
    var arena: Int
    /// Floats from the arena's start.
    var offset: Int
  }

  /// A piece of memory to be placed, which may hold several tensors.
  struct Item {
    var type: TensorType
    var lifetime: ClosedRange<Int>
    /// Tensors in it: offset from its start in floats, and the first call that uses each.
    var parts: [(type: TensorType, offset: Int, firstUse: Int)]

    init(_ type: TensorType, _ lifetime: ClosedRange<Int>) {
      self.type = type
      self.lifetime = lifetime
      parts = []
    }
  }

  /// A tensor whose padding must be zeroed before a call.
  struct Clearing: Equatable {
    var type: TensorType
    var place: Place
    var call: Int
  }

  /// One for each item.
  private(set) var places: [Place]
  /// Floats of each arena.
  private(set) var arenas: [Int] = []
  /// In call order.
  private(set) var clearings: [Clearing] = []

  /// A tensor with padding and fewer floats than this (4 MiB) shares memory only with tensors of its own type.
  static let minClearedFloats = 1 << 20

  /// Items that use one place in turn. Nothing else may use it during its lifetime.
  private struct Tenancy {
    var items: [Int]
    var size: Int
    var lifetime: ClosedRange<Int>
  }

  init(_ items: [Item], _ traits: MemoryTraits) {
    places = [Place](repeating: Place(arena: 0, offset: 0), count: items.count)
    var placed: [[(tenancy: Tenancy, range: Range<Int>)]] = []
    for tenancy in Self.tenancies(items, traits) {
      var arena = 0
      while true {
        if arena == placed.count { placed.append([]) }
        let neighbours = placed[arena].filter { $0.tenancy.lifetime.overlaps(tenancy.lifetime) }
        let offset = Self.bestGap(for: tenancy.size, between: neighbours.map(\.range))
        if offset == 0 || offset + tenancy.size <= traits.largestPiece {
          for item in tenancy.items { places[item] = Place(arena: arena, offset: offset) }
          placed[arena].append((tenancy, offset..<offset + tenancy.size))
          break
        }
        arena += 1
      }
    }
    arenas = placed.map { $0.map(\.range.upperBound).max() ?? 0 }
    if traits.isBlocked { clearings = self.clearings(items, traits) }
  }

  /// By decreasing size.
  private static func tenancies(_ items: [Item], _ traits: MemoryTraits) -> [Tenancy] {
    var tenancies: [Tenancy] = []
    /// For each type: the tenancies of small tensors with padding, and the last call that uses each.
    var ofType: [TensorType: [(tenancy: Int, end: Int)]] = [:]
    for (index, item) in items.enumerated() {
      let size = traits.aligned(traits.count(item.type))
      guard traits.hasPadding(item.type), size < minClearedFloats else {
        tenancies.append(Tenancy(items: [index], size: size, lifetime: item.lifetime))
        continue
      }
      var known = ofType[item.type, default: []]
      if let free = known.firstIndex(where: { $0.end < item.lifetime.lowerBound }) {
        tenancies[known[free].tenancy].items.append(index)
        known[free].end = item.lifetime.upperBound
      } else {
        known.append((tenancies.count, item.lifetime.upperBound))
        tenancies.append(Tenancy(items: [index], size: size, lifetime: 0...Int.max))
      }
      ofType[item.type] = known
    }
    return tenancies.enumerated().sorted { ($1.element.size, $0.offset) < ($0.element.size, $1.offset) }.map(\.element)
  }

  /// Floats of each arena if several plans use the same memory in turn.
  static func arenas(of plans: [MemoryPlan]) -> [Int] {
    (0..<(plans.map(\.arenas.count).max() ?? 0)).map { index in
      plans.reduce(0) { index < $1.arenas.count ? max($0, $1.arenas[index]) : $0 }
    }
  }

  /// The start of the smallest gap that holds `size`; if there is none, the end of the last range.
  private static func bestGap(for size: Int, between ranges: [Range<Int>]) -> Int {
    var end = 0
    var best: (offset: Int, size: Int)?
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let gap = range.lowerBound - end
      if gap >= size, gap < best?.size ?? .max { best = (end, gap) }
      end = max(end, range.upperBound)
    }
    return best?.offset ?? end
  }

  private func clearings(_ items: [Item], _ traits: MemoryTraits) -> [Clearing] {
    struct Leaf {
      var type: TensorType
      var place: Place
      var range: Range<Int>
      var item: Int
      var firstUse: Int
    }
    var leaves: [Leaf] = []
    for (index, item) in items.enumerated() {
      let parts = item.parts.isEmpty ? [(type: item.type, offset: 0, firstUse: item.lifetime.lowerBound)] : item.parts
      for part in parts {
        var place = places[index]
        place.offset += part.offset
        leaves.append(
          Leaf(
            type: part.type, place: place, range: place.offset..<place.offset + traits.count(part.type), item: index,
            firstUse: part.firstUse))
      }
      if !item.parts.isEmpty {
        let (place, count) = (places[index], traits.count(item.type))
        leaves.append(
          Leaf(
            type: item.type, place: place, range: place.offset..<place.offset + count, item: index,
            firstUse: item.lifetime.lowerBound))
      }
    }
    let dirty = leaves.filter { leaf in
      traits.hasPadding(leaf.type)
        && leaves.contains {
          $0.item != leaf.item && $0.place.arena == leaf.place.arena && $0.range.overlaps(leaf.range)
            && !($0.type == leaf.type && $0.place == leaf.place)
        }
    }
    return dirty.map { Clearing(type: $0.type, place: $0.place, call: $0.firstUse) }.sorted { $0.call < $1.call }
  }
}

extension Schedule {
  /// The memory of a schedule that has to be placed.
  struct Layout {
    private(set) var items: [MemoryPlan.Item] = []
    /// For each temporary: its item and its offset there; nil if no call uses it.
    private(set) var temporaries: [(item: Int, offset: Int)?]
    /// Items of each call's scratch buffers.
    private(set) var workspaces: [[Int]] = []

    /// - Parameter workspaces: floats of each scratch buffer of each call.
    init(of schedule: Schedule, workspaces sizes: [[Int]] = []) {
      let lifetimes = schedule.lifetimes
      temporaries = [(item: Int, offset: Int)?](repeating: nil, count: schedule.temporaries.count)
      for (index, temporary) in schedule.temporaries.enumerated() where temporary.place == nil {
        guard let lifetime = lifetimes[index] else { continue }
        temporaries[index] = (items.count, 0)
        items.append(MemoryPlan.Item(temporary.type, lifetime))
      }
      for (index, temporary) in schedule.temporaries.enumerated() {
        guard let (whole, offset) = temporary.place, let lifetime = lifetimes[index],
          let item = temporaries[whole]?.item
        else { continue }
        temporaries[index] = (item, offset)
        items[item].parts.append((temporary.type, offset, lifetime.lowerBound))
      }
      for (call, sizes) in sizes.enumerated() {
        workspaces.append(Array(items.count..<items.count + sizes.count))
        items += sizes.map { MemoryPlan.Item(TensorType([$0], .plain), call...call) }
      }
    }
  }
}

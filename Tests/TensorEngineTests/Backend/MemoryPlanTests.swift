import Testing

@testable import TensorEngine

@Suite("Memory plan")
struct MemoryPlanTests {
  private let blocked = MemoryTraits(isBlocked: true, alignment: 32, largestPiece: .max, isShared: true)

  private func plain(_ count: Int, _ lifetime: ClosedRange<Int>) -> MemoryPlan.Item {
    MemoryPlan.Item(TensorType([count], .plain), lifetime)
  }

  /// Items that live at once lie apart, each within its arena and aligned.
  private func check(_ plan: MemoryPlan, _ items: [MemoryPlan.Item], _ traits: MemoryTraits) {
    let ranges = zip(items, plan.places).map { $1.offset..<$1.offset + traits.count($0.type) }
    for (index, place) in plan.places.enumerated() {
      #expect(place.offset % traits.alignment == 0)
      #expect(ranges[index].upperBound <= plan.arenas[place.arena])
      for other in items.indices.dropFirst(index + 1)
      where items[other].lifetime.overlaps(items[index].lifetime) && plan.places[other].arena == place.arena {
        #expect(!ranges[other].overlaps(ranges[index]), "items \(index) and \(other)")
      }
    }
  }

  @Test("What is never needed at once shares memory")
  func sharing() {
    let items = [plain(64, 0...1), plain(64, 2...3), plain(32, 1...2), plain(96, 4...4)]
    let plan = MemoryPlan(items, blocked)
    check(plan, items, blocked)
    #expect(plan.arenas == [96])
    #expect(plan.clearings.isEmpty)
  }

  @Test("Random lifetimes never collide, and the same items always lie in the same places", arguments: [Int.max, 4096])
  func random(largestPiece: Int) {
    let traits = MemoryTraits(isBlocked: true, alignment: 32, largestPiece: largestPiece, isShared: true)
    var (taken, bound) = (0, 0)
    for sample in 0..<20 {
      var random = CounterRandom(seed: 1, purpose: .tests, step: 0, sample: sample)
      let items = (0..<60).map { _ in
        let first = Int.random(in: 0..<40, using: &random)
        return plain(Int.random(in: 1...2000, using: &random), first...first + Int.random(in: 0..<10, using: &random))
      }
      let plan = MemoryPlan(items, traits)
      check(plan, items, traits)
      #expect(plan.arenas.allSatisfy { $0 <= largestPiece })
      #expect(MemoryPlan(items, traits).places == plan.places)
      taken += plan.arenas[0]
      bound += (0..<50).map { call in
        items.filter { $0.lifetime.contains(call) }.reduce(0) { $0 + traits.aligned($1.type.shape.count) }
      }.max()!
    }
    // Some fit badly; all together they come near to what lives at once.
    if largestPiece == .max { #expect(Double(taken) < 1.2 * Double(bound), "\(taken) floats, at least \(bound)") }
  }

  @Test("A tensor larger than the largest piece has an arena to itself")
  func tooLarge() {
    let traits = MemoryTraits(isBlocked: true, alignment: 32, largestPiece: 64, isShared: true)
    #expect(MemoryPlan([plain(128, 0...0), plain(64, 0...0)], traits).arenas == [128, 64])
  }

  @Test("Small tensors with padding take turns with their own type alone")
  func smallTensors() {
    let (map, other) = (TensorType.features(2, 16, 4, 4), TensorType.features(2, 16, 3, 5))
    let items = [
      MemoryPlan.Item(map, 0...1), MemoryPlan.Item(map, 2...3), MemoryPlan.Item(other, 4...5),
      MemoryPlan.Item(map, 1...4), plain(1, 6...6),
    ]
    let plan = MemoryPlan(items, blocked)
    check(plan, items, blocked)
    #expect(plan.places[0] == plan.places[1])
    #expect(Set([0, 2, 3, 4].map { plan.places[$0].offset }).count == 4)
    #expect(plan.clearings.isEmpty)
  }

  @Test("Padding of large tensors is cleared where other types lay, and only there")
  func clearings() {
    let map = TensorType.features(64, 64, 32, 32)
    #expect(blocked.count(map) >= MemoryPlan.minClearedFloats)
    let item = MemoryPlan.Item(map, 3...4)
    let same = MemoryPlan([MemoryPlan.Item(map, 0...1), item], blocked)
    #expect(same.arenas == [blocked.count(map)])
    #expect(same.clearings.isEmpty)
    let other = MemoryPlan([plain(blocked.count(map), 0...1), item], blocked)
    #expect(other.arenas == same.arenas)
    #expect(other.clearings == [MemoryPlan.Clearing(type: map, place: .init(arena: 0, offset: 0), call: 3)])
    // What comes later in a run comes before the tensor in the next.
    let later = MemoryPlan([plain(blocked.count(map), 5...6), item], blocked)
    #expect(later.clearings == other.clearings)
    let apart = MemoryPlan([plain(blocked.count(map), 0...3), item], blocked)
    #expect(apart.clearings.isEmpty)
  }

  @Test("Parts of a group are cleared before the first call that touches them")
  func clearingsOfParts() {
    let types = [TensorType.channels(16), .channels(5)]
    let piece = blocked.pieces(of: types)[0]
    #expect(piece.offsets == [0, 32] && piece.count == 48)
    var group = MemoryPlan.Item(TensorType([piece.count], .plain), 2...6)
    group.parts = [(types[0], 0, 2), (types[1], 32, 4)]
    let plan = MemoryPlan([group, plain(48, 0...1)], blocked)
    #expect(plan.clearings == [MemoryPlan.Clearing(type: types[1], place: .init(arena: 0, offset: 32), call: 4)])
    #expect(MemoryPlan([group], blocked).clearings.isEmpty)
  }

  @Test("A group too large for one piece of memory lies in several")
  func pieces() {
    let traits = MemoryTraits(isBlocked: false, alignment: 16, largestPiece: 64, isShared: true)
    let pieces = traits.pieces(of: [40, 10, 20, 100, 1].map { TensorType([$0], .plain) })
    #expect(pieces.map(\.members) == [0..<2, 2..<3, 3..<4, 4..<5])
    #expect(pieces.map(\.count) == [58, 20, 100, 1])
    #expect(pieces.map(\.offsets) == [[0, 48], [0], [0], [0]])
  }
}

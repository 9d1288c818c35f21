import Testing

@testable import TensorEngine

@Suite struct CounterRandomTests {
  /// The known answers that Random123 (Salmon et al. 2011) publishes for philox4x32-10.
  @Test func philoxKnownAnswers() {
    typealias Words = SIMD4<UInt32>
    let ones = UInt32.max
    #expect(
      CounterRandom.philox(Words(), key: SIMD2()) == Words(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      CounterRandom.philox(Words(repeating: ones), key: SIMD2(repeating: ones))
        == Words(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      CounterRandom.philox(
        Words(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
        == Words(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func everyPartOfTheAddressMatters() {
    let firsts = [
      CounterRandom(seed: 1, purpose: .data, step: 2, sample: 3),
      CounterRandom(seed: 2, purpose: .data, step: 2, sample: 3),
      CounterRandom(seed: 1 << 32 | 1, purpose: .data, step: 2, sample: 3),
      CounterRandom(seed: 1, purpose: .weights, step: 2, sample: 3),
      CounterRandom(seed: 1, purpose: .data, step: 3, sample: 3),
      CounterRandom(seed: 1, purpose: .data, step: 1 << 32 | 2, sample: 3),
      CounterRandom(seed: 1, purpose: .data, step: 2, sample: 4),
    ].map { stream in
      var random = stream
      return random.next()
    }
    #expect(Set(firsts).count == firsts.count)
  }

  /// The place of each part in counter and key decides all bits of old runs.
  @Test func theAddressKeepsItsLayout() {
    var random = CounterRandom(seed: 2 << 32 | 1, purpose: .poseData, step: 3 << 32 | 5, sample: 7)
    let blocks = [0, 1].map { CounterRandom.philox(SIMD4($0, 7, 5, 3 << 8 | 4), key: SIMD2(1, 2)) }
    #expect((0..<8).map { _ in random.word() } == blocks.flatMap { block in (0..<4).map { block[$0] } })
  }

  @Test func rangesAreCoveredEvenly() {
    var random = CounterRandom(seed: 5, purpose: .data)
    var counts = [Int](repeating: 0, count: 9)
    for _ in 0..<90_000 { counts[random.integer(in: -4...4) + 4] += 1 }
    // Deviation of a count of mean 10,000 is 94; 5 deviations over nine counts fail once in 190,000 seeds.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 471 })
  }

  @Test func uniformAndNormalMoments() {
    var random = CounterRandom(seed: 6, purpose: .weights)
    let count = 100_000
    let uniform = (0..<count).map { _ in Double(random.uniform()) }
    let normal = (0..<count).map { _ in Double(random.normal()) }
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    // Bounds are 5 standard errors: of a mean sqrt(variance / n), of a normal's variance sqrt(2 / n).
    let n = Double(count)
    #expect(abs(uniform.reduce(0, +) / n - 0.5) < 5 * (1 / 12 / n).squareRoot())
    #expect(abs(normal.reduce(0, +) / n) < 5 * (1 / n).squareRoot())
    #expect(abs(normal.map { $0 * $0 }.reduce(0, +) / n - 1) < 5 * (2 / n).squareRoot())
  }

  @Test func distinctNumbersAreDistinct() {
    for sample in 0..<100 {
      var random = CounterRandom(seed: 7, purpose: .data, sample: sample)
      let drawn = random.distinct(3, in: 1...4)
      #expect(Set(drawn).count == 3 && drawn.allSatisfy { (1...4).contains($0) })
    }
  }
}

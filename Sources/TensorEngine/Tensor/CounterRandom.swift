import Foundation

/// Random numbers that depend only on (seed, purpose, step, sample, position), so that neither resuming nor the number
/// of data threads changes them.
///
/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011): a keyed
/// bijection of 128-bit counters. Key: the seed. Counter: position, sample, step, purpose.
public struct CounterRandom: RandomNumberGenerator, Sendable {
  /// What numbers are drawn for. Each purpose has its own sequence. Raw values
  /// are part of the counter and must never change.
  public enum Purpose: UInt32, Sendable {
    case data = 0
    case weights = 1
    case validation = 2
    case evaluation = 3
    case poseData = 4
    case generation = 5
    case probes = 6
    case tests = 7
    case perturbation = 8
    case statistics = 9
    case poseNoise = 10
    case judgeData = 11
    case judge = 12
  }

  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  /// Words of `block` that were used; at 4 a new block is needed.
  private var used = 4
  private var spareNormal: Double?

  /// Starts the sequence of one sample of one step. Steps have at most 56 bits and samples 32.
  public init(seed: UInt64, purpose: Purpose, step: Int = 0, sample: Int = 0) {
    precondition(step >= 0 && step < 1 << 56 && sample >= 0 && sample < 1 << 32)
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    counter = SIMD4(
      0, UInt32(sample), UInt32(truncatingIfNeeded: step), UInt32(step >> 32) << 8 | purpose.rawValue)
  }

  /// Applies ten rounds of Philox4x32 to one counter.
  static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let first = c[0].multipliedFullWidth(by: 0xD251_1F53)
      let second = c[2].multipliedFullWidth(by: 0xCD9E_8D57)
      c = SIMD4(second.high ^ c[1] ^ k[0], second.low, first.high ^ c[3] ^ k[1], first.low)
      k &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }

  /// The next 32 bits.
  public mutating func word() -> UInt32 {
    if used == 4 {
      block = Self.philox(counter, key: key)
      counter[0] &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(word())
    return UInt64(word()) << 32 | low
  }

  /// A uniform integer of `range`, which holds at most 2^32 - 1 numbers.
  ///
  /// Uses Lemire's multiply-and-reject method, since the standard library's
  /// `random(in:using:)` may change between releases.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    let count = UInt32(range.upperBound - range.lowerBound + 1)
    var product = word().multipliedFullWidth(by: count)
    if product.low < count {
      let threshold = (0 &- count) % count
      while product.low < threshold { product = word().multipliedFullWidth(by: count) }
    }
    return range.lowerBound + Int(product.high)
  }

  /// A uniform number in [0, 1), a multiple of 2^-24.
  public mutating func uniform() -> Float { Float(word() >> 8) * 0x1p-24 }

  /// A uniform number between the bounds.
  public mutating func uniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A normal number with mean 0 and standard deviation 1, by the Box-Muller transform in Double, which yields pairs.
  public mutating func normal() -> Float {
    if let spare = spareNormal {
      spareNormal = nil
      return Float(spare)
    }
    let radius = (-2 * log((Double(word()) + 1) * 0x1p-32)).squareRoot()
    let angle = 2 * Double.pi * Double(word()) * 0x1p-32
    spareNormal = radius * sin(angle)
    return Float(radius * cos(angle))
  }

  /// `count` distinct numbers of `range` in random order: the first elements of a shuffle.
  public mutating func distinct(_ count: Int, in range: ClosedRange<Int>) -> [Int] {
    precondition(count <= range.count)
    var numbers = Array(range)
    for index in 0..<count { numbers.swapAt(index, integer(in: index...numbers.count - 1)) }
    return Array(numbers.prefix(count))
  }
}

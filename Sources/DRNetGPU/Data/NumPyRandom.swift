/// The numbers of `numpy.random` after `numpy.random.seed`, by which published splits and test sets are defined: the Mersenne
/// Twister MT19937 (Matsumoto and Nishimura, 1998), and draws by rejection of masked bits.
struct NumPyRandom {
  private var state: [UInt32]
  private var place = size

  private static let size = 624
  private static let shift = 397

  /// As `numpy.random.seed(seed)`.
  init(seed: UInt32) {
    state = [seed]
    for index in 1..<UInt32(Self.size) {
      let last = state[Int(index) - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ index)
    }
  }

  /// As `numpy.random.permutation(count)`: the numbers from 0 to `count - 1` in another order.
  mutating func permutation(_ count: Int) -> [Int] {
    var numbers = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { numbers.swapAt(index, number(upTo: index)) }
    return numbers
  }

  /// As `numpy.random.randint(range.lowerBound, range.upperBound + 1)`; the range has more than one number.
  mutating func integer(in range: ClosedRange<Int>) -> Int { range.lowerBound + number(upTo: range.count - 1) }

  /// A number from 0 to `last`, from as many bits as it has.
  private mutating func number(upTo last: Int) -> Int {
    let mask = UInt32.max >> UInt32(UInt32(last).leadingZeroBitCount)
    while true {
      let drawn = Int(next() & mask)
      if drawn <= last { return drawn }
    }
  }

  private mutating func next() -> UInt32 {
    if place == Self.size { twist() }
    var bits = state[place]
    place += 1
    bits ^= bits >> 11
    bits ^= bits << 7 & 0x9D2C_5680
    bits ^= bits << 15 & 0xEFC6_0000
    return bits ^ bits >> 18
  }

  private mutating func twist() {
    for index in 0..<Self.size {
      let bits = state[index] & 0x8000_0000 | state[(index + 1) % Self.size] & 0x7FFF_FFFF
      let twisted = bits >> 1 ^ (bits & 1 == 0 ? 0 : 0x9908_B0DF)
      state[index] = state[(index + Self.shift) % Self.size] ^ twisted
    }
    place = 0
  }
}

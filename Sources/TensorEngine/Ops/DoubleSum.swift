/// Sum of `term(i)` over `0..<count` in Double. Eight partial sums, so that additions do not wait for each other, are
/// added up in a fixed order.
@inline(__always)
func sumInDouble(_ count: Int, _ term: (Int) -> Double) -> Double {
  var sums = SIMD8<Double>()
  var index = 0
  while index + 8 <= count {
    sums += SIMD8(
      term(index), term(index + 1), term(index + 2), term(index + 3),
      term(index + 4), term(index + 5), term(index + 6), term(index + 7))
    index += 8
  }
  var total = sums.sum()
  while index < count {
    total += term(index)
    index += 1
  }
  return total
}

/// Two such sums in one pass over the elements.
@inline(__always)
func sumsInDouble(_ count: Int, _ terms: (Int) -> (Double, Double)) -> (Double, Double) {
  var (firsts, seconds) = (SIMD8<Double>(), SIMD8<Double>())
  var index = 0
  while index + 8 <= count {
    var (first, second) = (SIMD8<Double>(), SIMD8<Double>())
    for lane in 0..<8 { (first[lane], second[lane]) = terms(index + lane) }
    firsts += first
    seconds += second
    index += 8
  }
  var total = (firsts.sum(), seconds.sum())
  while index < count {
    let (first, second) = terms(index)
    total.0 += first
    total.1 += second
    index += 1
  }
  return total
}

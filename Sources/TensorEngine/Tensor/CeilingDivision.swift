extension Int {
  /// The quotient, rounded up: how many pieces of `size` cover this many.
  package func dividedRoundingUp(by size: Int) -> Int { (self + size - 1) / size }

  /// The smallest multiple of `size` that is not below this number.
  package func roundedUp(toMultipleOf size: Int) -> Int { dividedRoundingUp(by: size) * size }
}

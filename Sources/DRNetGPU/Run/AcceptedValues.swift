/// The values that a setting accepts, and their description in messages.
struct AcceptedValues<Value>: Sendable {
  /// The text after "expected" in a message; nil if every value of the type is accepted.
  let description: String?
  let contains: @Sendable (Value) -> Bool

  init(_ description: String?, _ contains: @escaping @Sendable (Value) -> Bool) {
    self.description = description
    self.contains = contains
  }

  /// Every value of the type.
  static var all: Self { Self(nil) { _ in true } }
}

extension AcceptedValues<Int> {
  static func whole(_ range: ClosedRange<Int>) -> Self {
    Self("a whole number from \(range.lowerBound) to \(range.upperBound)", range.contains)
  }

  /// - Parameter reason: why these bounds apply.
  static func whole(_ range: ClosedRange<Int>, since reason: String) -> Self {
    Self("\(range.lowerBound) to \(range.upperBound), since \(reason)", range.contains)
  }
}

extension AcceptedValues<Double> {
  /// Weights of losses.
  static var weight: Self { Self("a number from 0 to 1000000") { $0 >= 0 && $0 <= 1e6 } }

  /// Learning rates.
  static var rate: Self {
    Self("a number above 0 that a float32 can hold") { Float($0).isFinite && Float($0) > 0 }
  }

  static var share: Self { Self("a number from 0 to 1") { $0 >= 0 && $0 <= 1 } }

  /// Decay rates of moving averages.
  static var decay: Self { Self("a number from 0 up and below 1") { $0 >= 0 && $0 < 1 } }
}

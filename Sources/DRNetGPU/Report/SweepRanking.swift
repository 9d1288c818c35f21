/// The measure by which the rows of a sweep are ranked, and which end of it is best.
package struct SweepRanking: Equatable, Sendable {
  package let measure: String
  package let prefersLowest: Bool

  /// What should be low: what the wrong features know, and time.
  private static let known: Set = ["poseClassAccuracy", "contentFactorR2", "seconds"]

  /// - Parameter text: the name of a measure, or "highest" or "lowest" and the name.
  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.count, words.first) {
    case (1, let name?): self.init(measure: name, prefersLowest: Self.known.contains(name))
    case (2, "highest"): self.init(measure: words[1], prefersLowest: false)
    case (2, "lowest"): self.init(measure: words[1], prefersLowest: true)
    default: return nil
    }
  }

  private init(measure: String, prefersLowest: Bool) {
    self.measure = measure
    self.prefersLowest = prefersLowest
  }

  /// Such as "highest swapPSNR".
  package var description: String { "\(prefersLowest ? "lowest" : "highest") \(measure)" }

  /// Whether `a` is better than `b`.
  package func prefers(_ a: Double, to b: Double) -> Bool { prefersLowest ? a < b : a > b }
}

/// The measure by which the rows of a sweep are ranked, and which end of it is best.
package struct SweepRanking: Equatable, Sendable {
  package let measure: String
  package let prefersLowest: Bool

  /// Whether a measure should be low: what the wrong features know, such as `probes.class.mlp.pose`, and losses and time.
  private static func isLowBest(_ measure: String) -> Bool {
    let path = measure.split(separator: ".")
    guard path.count == 4, path[0] == "probes" else {
      return ["sceneLeak.leak", "swapLoss", "seconds"].contains(measure)
    }
    return path[3] == (path[1].hasPrefix("class") ? "pose" : "content")
  }

  /// - Parameter text: the name of a measure, or "highest" or "lowest" and the name.
  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.count, words.first) {
    case (1, "highest"), (1, "lowest"): return nil
    case (1, let name?): self.init(measure: name, prefersLowest: Self.isLowBest(name))
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

/// The measure by which the rows of a sweep are ranked, and which end of it is best.
package struct SweepRanking: Equatable, Sendable {
  package let measure: String
  package let prefersLowest: Bool

  /// Whether a measure should be low: what the wrong features know, such as `probes.class.mlp.pose`, and losses and time. Nil
  /// for probes of other factors, such as action, of which only the user knows where they belong.
  private static func isLowBest(_ measure: String) -> Bool? {
    let path = measure.split(separator: ".")
    guard path.count == 4, path[0] == "probes" else {
      return ["sceneLeak.leak", "swapLoss", "seconds"].contains(measure)
    }
    switch path[1] {
    case "position", "azimuth": return path[3] == "content"
    case _ where path[1].wholeMatch(of: /class( [1-3])?/) != nil: return path[3] == "pose"
    default: return nil
    }
  }

  /// Nil if it is not known which end of the measure is best.
  /// - Parameter text: the name of a measure, or "highest" or "lowest" and the name.
  package init?(_ text: String) {
    // Names may have blanks, such as probes.class 1.mlp.pose.
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    switch (words.first, words.count) {
    case ("highest", 2), ("lowest", 2): self.init(measure: words[1], prefersLowest: words[0] == "lowest")
    case ("highest", _), ("lowest", _), (nil, _): return nil
    default:
      guard let prefersLowest = Self.isLowBest(text) else { return nil }
      self.init(measure: text, prefersLowest: prefersLowest)
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

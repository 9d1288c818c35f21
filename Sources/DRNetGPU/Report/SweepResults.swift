import Files
import Foundation

/// The results of a sweep: several settings, each trained with several seeds.
package struct SweepResults: Sendable {
  /// A column of the table.
  package struct Column: Equatable, Sendable {
    /// Name of the measure: its path in `evaluation.json`, or one of `RunMeasures.ofTraining`.
    package let measure: String
    package let heading: String

    /// - Parameter heading: nil for the name of the measure.
    package init(_ measure: String, heading: String? = nil) {
      self.measure = measure
      self.heading = heading ?? measure
    }
  }

  /// One training with its evaluation.
  package struct Run: Sendable {
    package let seed: UInt64
    /// The measures by name; nil if the run is not finished.
    package let values: [String: Double]?
    /// Why it failed, in one line; nil if it did not.
    package let failure: String?

    package init(seed: UInt64, values: [String: Double]?, failure: String? = nil) {
      self.seed = seed
      self.values = values
      self.failure = failure
    }
  }

  /// One setting.
  package struct Row: Sendable {
    package let name: String
    /// What the row sets, as flags of `drnet train` and `drnet train-pose`.
    package let settings: [String]
    package let runs: [Run]

    package init(_ name: String, settings: [String], runs: [Run]) {
      self.name = name
      self.settings = settings
      self.runs = runs
    }

    var finished: Int { runs.count { $0.values != nil } }

    /// nil if no run has the measure.
    func spread(of measure: String) -> Spread? { Spread(runs.compactMap { $0.values?[measure] }) }
  }

  package let columns: [Column]
  package let ranking: SweepRanking?
  package let rows: [Row]
  /// Names of all measures that a run has.
  package let measured: [String]

  /// - Parameter columns: the measures to show; nil for those of `defaultColumns` that a run has. The measure of the
  ///   ranking, frames and time follow them.
  package init(columns: [Column]?, ranking: SweepRanking?, rows: [Row]) {
    measured = Set(rows.flatMap { $0.runs.flatMap { Array(($0.values ?? [:]).keys) } }).sorted()
    var shown = columns ?? Self.defaultColumns.filter { [measured] in measured.contains($0.measure) }
    for column in [ranking.map { Column($0.measure) }].compactMap({ $0 }) + Self.cost
    where !shown.contains(where: { $0.measure == column.measure }) {
      shown.append(column)
    }
    self.columns = shown
    self.ranking = ranking
    self.rows = rows
  }

  /// Measures of data with classes and positions; of other data the last two.
  package static let defaultColumns = [
    Column("probes.class.linear.content", heading: "class from content"),
    Column("probes.class.mlp.pose", heading: "class from pose, MLP"),
    Column("probes.position.linear.pose", heading: "position R2 from pose"),
    Column("probes.position.mlp.content", heading: "from content, MLP"),
    Column("reconstructionPSNR", heading: "reconstruction dB"), Column("swapPSNR", heading: "swap dB"),
  ]

  private static let cost = [
    Column("frames"), Column("seconds"), Column("framesPerSecond", heading: "frames/s"),
  ]

  /// The row whose median is best, among those whose seeds are all finished; nil if there is none, or no ranking. Of
  /// equal ones the first.
  package var best: Row? {
    guard let ranking else { return nil }
    var best: (row: Row, median: Double)?
    for row in rows where row.finished == row.runs.count {
      guard let median = row.spread(of: ranking.measure)?.median else { continue }
      if best.map({ ranking.prefers(median, to: $0.median) }) ?? true { best = (row, median) }
    }
    return best?.row
  }

  /// A header, then one row for each setting. The best is marked by `mark`.
  package func table(mark: (String) -> String = { "\($0) *" }) -> [[String]] {
    let best = best?.name
    let spreads = columns.map { column in rows.map { $0.spread(of: column.measure) } }
    let decimals = spreads.map { Spread.decimals(of: $0.compactMap { $0 }) }
    let body = rows.enumerated().map { index, row in
      let seeds = row.finished == row.runs.count ? "\(row.finished)" : "\(row.finished) of \(row.runs.count)"
      return [row.name == best ? mark(row.name) : row.name, seeds]
        + columns.indices.map { spreads[$0][index]?.text(decimals: decimals[$0]) ?? "-" }
    }
    return [["", "seeds"] + columns.map(\.heading)] + body
  }

  /// What the numbers in the table are, and which row is best, in one line.
  package var caption: String {
    let cells = "Medians over the seeds (min to max)."
    guard let ranking else { return cells }
    guard !missingMeasures.contains(ranking.measure) else {
      return "\(cells) No row is the best by \(ranking.description), which no evaluation has."
    }
    guard let best else { return "\(cells) No row is complete yet to be the best by \(ranking.description)." }
    return "\(cells) Best by \(ranking.description): \(best.name)."
  }

  /// Columns that no run has, although some are finished: their names may be wrong.
  package var missingMeasures: [String] {
    measured.isEmpty ? [] : columns.map(\.measure).filter { !measured.contains($0) }
  }

  /// The failed runs, one line each.
  package var failures: [String] {
    rows.flatMap { row in
      row.runs.compactMap { run in run.failure.map { "\(row.name), seed \(run.seed): \($0)" } }
    }
  }
}

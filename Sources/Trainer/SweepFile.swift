import ArgumentParser
import DRNetGPU
import Files
import Foundation
import Yams

/// A sweep in YAML: settings that all runs share, rows that differ from them, and the seeds of each row.
///
///     preset: fashion
///     frames: 48512
///     seeds: [1, 2, 3]
///     best: swapPSNR
///     rows:
///       paper: {}
///       light: {alpha: 0.3}
///     pose:
///       steps: 2000
///     evaluate:
///       held-out-clips: 1000
struct SweepFile {
  /// One setting of the sweep.
  struct Row {
    let name: String
    /// Flags of `drnet train`, without the seed.
    let training: [String]
    /// Flags of `drnet train-pose`; nil if no pose LSTM is trained.
    let pose: [String]?
    /// What the row itself sets, as flags.
    let own: [String]
    /// Where its name stands.
    let key: Node
    /// Where the settings of its pose LSTM stand; its name if there are none.
    let poseKey: Node
  }

  let document: SettingsDocument
  let rows: [Row]
  let seeds: [UInt64]
  /// Flags of `drnet evaluate`.
  let evaluation: [String]
  let ranking: SweepRanking?
  /// nil for the default.
  let columns: [SweepResults.Column]?

  private static let keys = ["seeds", "best", "measures", "rows", "grid", "pose", "evaluate"]

  /// - Throws: `FileError` that names the file, the line and the setting.
  init(contentsOf url: URL) throws {
    document = try SettingsDocument(contentsOf: url)
    let reader = SweepReader(document: document, allowedAtTop: Self.keys)
    rows = try reader.rows()
    seeds = try reader.seeds()
    evaluation = try reader.evaluation()
    ranking = try reader.ranking()
    columns = try reader.columns()
  }

  /// Paths of the measures that the file names.
  var measures: [String] { (columns ?? []).map(\.measure) + (ranking.map { [$0.measure] } ?? []) }

  /// An error about a row, or about the settings of its pose LSTM.
  func fault(_ row: Row, ofPose: Bool = false, _ what: String) -> FileError {
    document.fault(ofPose ? row.poseKey : row.key, what)
  }
}

/// Reads the parts of a sweep's file.
private struct SweepReader {
  typealias Settings = [(key: Node, value: Node)]

  let document: SettingsDocument
  let allowedAtTop: [String]

  private static let training = SettingsFile.Main.names.filter { $0 != "seed" } + ["seconds"]
  /// Settings of which a row's one replaces all of the common ones.
  private static let lengths: Set = ["steps", "frames"]
  private static let maxRows = 1000

  private func entry(_ name: String) -> (key: Node, value: Node)? { document.top.first { $0.key.string == name } }

  // MARK: Rows

  func rows() throws -> [SweepFile.Row] {
    let common = document.top.filter { !allowedAtTop.contains($0.key.string ?? "") }
    _ = try document.arguments(common, as: SettingsFile.Main.self, Self.training + allowedAtTop)
    let named: [(key: Node, name: String, settings: Settings)]
    switch (entry("rows"), entry("grid")) {
    case (let rows?, nil): named = try self.named(rows)
    case (nil, let grid?): named = try combinations(grid)
    case (.some, let grid?): throw document.fault(grid.key, "rows and grid both name the settings: give only one")
    case (nil, nil): throw FileError(document.url, "expected the settings to compare, as rows or as a grid")
    }
    return try named.map { key, name, settings in
      guard isFolderName(name) else {
        throw document.fault(key, "'\(name)' cannot name a folder; expected letters, digits and - _ . , = +")
      }
      guard !SweepResults.fileNames.contains(name) else {
        throw document.fault(key, "the sweep writes a file of this name; expected another one")
      }
      return try row(key, name, settings, common: common)
    }
  }

  /// The rows of `rows: {paper: {}, light: {alpha: 0.3}}`.
  private func named(_ rows: (key: Node, value: Node)) throws -> [(key: Node, name: String, settings: Settings)] {
    guard case .mapping(let rows) = rows.value, !rows.isEmpty else {
      throw document.fault(rows.key, "expected rows below it, such as '  light: {alpha: 0.3}'")
    }
    return try rows.map { key, value in
      let name = key.string ?? ""
      switch value {
      case .mapping(let settings): return (key, name, Array(settings))
      case .scalar(let scalar) where scalar.string.isEmpty: return (key, name, [])
      default: throw document.fault(key, "expected the row's settings, such as {alpha: 0.3}, or {} for none")
      }
    }
  }

  /// The rows of `grid: {alpha: [0.3, 1], width: [8, 16]}`: one for each combination, called `alpha=0.3,width=8`.
  private func combinations(
    _ grid: (key: Node, value: Node)
  ) throws -> [(key: Node, name: String, settings: Settings)] {
    guard case .mapping(let axes) = grid.value, !axes.isEmpty else {
      throw document.fault(grid.key, "expected settings with their values below it, such as '  alpha: [0.3, 1]'")
    }
    let combinations = try axes.reduce(into: [Settings()]) { combinations, axis in
      guard case .sequence(let values) = axis.value, !values.isEmpty else {
        throw document.fault(axis.key, "expected a list of values, such as [0.3, 1]")
      }
      guard Set(values.map(\.string)).count == values.count else {
        throw document.fault(axis.key, "the same value twice")
      }
      guard combinations.count * values.count <= Self.maxRows else {
        throw document.fault(grid.key, "more than \(Self.maxRows) combinations")
      }
      combinations = combinations.flatMap { combination in values.map { combination + [(axis.key, $0)] } }
    }
    return combinations.map { settings in
      let name = settings.map { "\($0.key.string ?? "")=\($0.value.string ?? "")" }.joined(separator: ",")
      return (settings[0].key, name, settings)
    }
  }

  private func row(_ key: Node, _ name: String, _ own: Settings, common: Settings) throws -> SweepFile.Row {
    func isPose(_ setting: (key: Node, value: Node)) -> Bool { setting.key.string == "pose" }
    func flags(_ settings: Settings) throws -> [String] {
      try document.arguments(settings, as: SettingsFile.Main.self, Self.training)
    }
    let ownTraining = own.filter { !isPose($0) }
    let ownPose = try own.first(where: isPose).map(pose)
    let poseKey = own.first(where: isPose)?.key ?? entry("pose")?.key ?? key
    return try SweepFile.Row(
      name: name, training: flags(merged(common, ownTraining)),
      pose: poseFlags(merged(entry("pose").map(pose) ?? .untrained, ownPose)),
      own: flags(ownTraining) + (ownPose.flatMap(poseFlags) ?? []).map { "pose \($0)" }, key: key, poseKey: poseKey)
  }

  private enum Pose {
    case untrained
    case trained(Settings)
  }

  /// The value of `pose`: settings, `true` for a pose LSTM without settings of its own, or `false` for none.
  private func pose(_ entry: (key: Node, value: Node)) throws -> Pose {
    switch entry.value {
    case .mapping(let settings): return .trained(Array(settings))
    case let value where value.bool == true: return .trained([])
    case let value where value.bool == false: return .untrained
    default: throw document.fault(entry.key, "expected settings below it, such as '  rnn-size: 256', true or false")
    }
  }

  private func poseFlags(_ pose: Pose) throws -> [String]? {
    guard case .trained(let settings) = pose else { return nil }
    return try document.arguments(settings, as: PoseOptions.self, SettingsFile.flags(of: PoseConfiguration.self))
  }

  private func merged(_ common: Pose, _ own: Pose?) -> Pose {
    switch (common, own) {
    case (.trained(let common), .trained(let own)?): .trained(merged(common, own))
    case (_, let own?): own
    case (_, nil): common
    }
  }

  /// The common settings, as far as `own` does not replace them, then `own`.
  private func merged(_ common: Settings, _ own: Settings) -> Settings {
    let names = Set(own.compactMap(\.key.string))
    let replaced = names.isDisjoint(with: Self.lengths) ? names : names.union(Self.lengths)
    return common.filter { !replaced.contains($0.key.string ?? "") } + own
  }

  private func isFolderName(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z0-9_=+,-][A-Za-z0-9_=+,.-]{0,199}/) != nil
  }

  // MARK: The rest

  func seeds() throws -> [UInt64] {
    guard let (key, value) = entry("seeds") else { return [1] }
    guard case .sequence(let values) = value, !values.isEmpty else {
      throw document.fault(key, "expected a list, such as [1, 2, 3]")
    }
    let seeds = try values.map { value in
      guard let seed = value.string.flatMap({ UInt64($0) }) else {
        throw document.fault(key, "'\(value.string ?? "")' is no seed; expected whole numbers from 0")
      }
      return seed
    }
    guard Set(seeds).count == seeds.count else { throw document.fault(key, "the same seed twice") }
    return seeds
  }

  func evaluation() throws -> [String] {
    guard let (key, value) = entry("evaluate") else { return [] }
    guard case .mapping(let settings) = value else {
      throw document.fault(key, "expected settings of drnet evaluate below it, such as '  held-out-clips: 1000'")
    }
    for (key, _) in settings where ["backend", "device", "memory-limit"].contains(key.string) {
      throw document.fault(key, "give it to drnet sweep: --\(key.string ?? "")")
    }
    // The command's parser needs a run to be named.
    let arguments = try document.arguments(
      Array(settings), as: EvaluateCommand.self, EvaluateCommand.settings, besides: ["run"])
    _ = try document.parse(EvaluateCommand.self, ["run"] + arguments)
    return arguments
  }

  func ranking() throws -> SweepRanking? {
    try entry("best").map { key, value in
      guard let ranking = value.string.flatMap(SweepRanking.init) else {
        throw document.fault(
          key,
          "expected a measure, such as swapPSNR or lowest probes.class.mlp.pose; highest or lowest is needed for probes "
            + "of other factors than class, position and azimuth")
      }
      try requirePossible(ranking.measure, key)
      return ranking
    }
  }

  func columns() throws -> [SweepResults.Column]? {
    guard let (key, value) = entry("measures") else { return nil }
    let pairs: [(measure: Node, heading: Node)] =
      switch value {
      case .sequence(let names): names.map { ($0, $0) }
      case .mapping(let headings): headings.map { ($0.key, $0.value) }
      default: []
      }
    let columns = pairs.compactMap { measure, heading in
      measure.string.flatMap { measure in heading.string.map { SweepResults.Column(measure, heading: $0) } }
    }
    guard !pairs.isEmpty, columns.count == pairs.count else {
      throw document.fault(key, "expected a list of measures, or measures with their headings")
    }
    guard Set(columns.map(\.measure)).count == columns.count else {
      throw document.fault(key, "the same measure twice")
    }
    for column in columns { try requirePossible(column.measure, key) }
    return columns
  }

  /// - Throws: `FileError` if no evaluation can have this measure, so that this is not found out after all training.
  private func requirePossible(_ measure: String, _ key: Node) throws {
    guard !MeasureName.isPossible(measure) else { return }
    throw document.fault(key, "no evaluation has '\(measure)'; expected \(MeasureName.expected(inPlaceOf: measure))")
  }
}

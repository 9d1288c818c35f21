import Files
import Foundation

extension SweepResults {
  /// The names of the files that a sweep writes beside the folders of its rows.
  package static let fileNames = ["results.md", "results.csv", "results.json"]

  /// Writes `results.md`, `results.csv` and `results.json` into `folder`, each completely or not at all.
  /// - Throws: `FileError` if one cannot be written.
  package func write(into folder: URL) throws {
    for (name, text) in zip(Self.fileNames, [markdown, csv, try json]) {
      try AtomicFile.write(Data(text.utf8), to: folder.appending(path: name))
    }
  }

  /// The table in Markdown, with the best row in bold, its caption, and what failed.
  var markdown: String {
    let table = table { "**\($0)**" }
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    return line(table[0]) + line(table[0].map { _ in "---" }) + table.dropFirst().map(line).joined()
      + "\n\(caption)\n" + failures.map { "\nFailed: \($0)\n" }.joined()
  }

  /// One line for each run: row, seed, whether it is finished, and its measures.
  var csv: String {
    func digits(_ value: Double) -> String {
      let text = "\(value)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    func line(_ fields: [String]) -> String {
      fields.map { field in
        field.contains { ",\"\n\r".contains($0) } ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
      }.joined(separator: ",") + "\n"
    }
    let lines = rows.flatMap { row in
      row.runs.map { run in
        line(
          [row.name, "\(run.seed)", run.state]
            + columns.map { column in run.values?[column.measure].map(digits) ?? "" })
      }
    }
    return line(["row", "seed", "state"] + columns.map(\.measure)) + lines.joined()
  }

  /// Everything: settings, runs with all their measures, and medians with their ranges.
  var json: String {
    get throws {
      let encoded = Document(
        best: best?.name, ranking: ranking?.description,
        rows: rows.map { row in
          Document.Row(
            name: row.name, settings: row.settings,
            measures: columns.reduce(into: [:]) { $0[$1.measure] = row.spread(of: $1.measure) },
            runs: row.runs.map {
              Document.Run(seed: $0.seed, state: $0.state, failure: $0.failure, measures: $0.values)
            })
        })
      return String(decoding: try JSONEncoder.stable(isPretty: true).encode(encoded), as: UTF8.self) + "\n"
    }
  }

  private struct Document: Encodable {
    struct Row: Encodable {
      var name: String
      var settings: [String]
      var measures: [String: Spread]
      var runs: [Run]
    }

    struct Run: Encodable {
      var seed: UInt64
      var state: String
      var failure: String?
      var measures: [String: Double]?
    }

    var best: String?
    var ranking: String?
    var rows: [Row]
  }
}

extension SweepResults.Run {
  fileprivate var state: String { values != nil ? "finished" : failure != nil ? "failed" : "unfinished" }
}

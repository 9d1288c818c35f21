/// The numbers of a log of metrics by name: what is left of its rows where only numbers are needed, in a tenth of the
/// memory.
package struct MetricsTable: Sendable {
  /// The step of each row.
  package private(set) var steps: [Int] = []
  /// One value a row up to the last row that has it; NaN where a row has none.
  private var columns: [String: [Double]] = [:]

  /// A table of `rows`.
  package init(_ rows: [MetricsRow] = []) { for row in rows { append(row) } }

  /// Adds a row.
  package mutating func append(_ row: MetricsRow) {
    for name in row.names {
      guard let value = row[name] else { continue }
      columns[name, default: []].fill(upTo: steps.count)
      columns[name]!.append(value)
    }
    steps.append(row.step)
  }

  /// The numbers called `name`, one a row; NaN where a row has none.
  package subscript(name: String) -> [Double] {
    var column = columns[name, default: []]
    column.fill(upTo: steps.count)
    return column
  }

  /// Whether a row has a number called `name`.
  package func has(_ name: String) -> Bool { columns[name] != nil }
}

extension [Double] {
  fileprivate mutating func fill(upTo count: Int) {
    if self.count < count { append(contentsOf: repeatElement(.nan, count: count - self.count)) }
  }
}

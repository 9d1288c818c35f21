import Foundation

extension Classification {
  /// A table for each class: a row for each number of labels, a column for each classifier and input.
  public var tables: [(name: String, rows: [[String]])] {
    let names = readings.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return names.map { name in
      let ofClass = readings.filter { $0.name == name }
      let counts = Set(ofClass.map(\.labelled)).sorted()
      let columns = ofClass.filter { $0.labelled == counts.first }
      let header = ["\(name), labels"] + columns.map { "\($0.input.rawValue), \($0.kind.label)" } + ["chance"]
      return (
        name,
        [header]
          + counts.map { count in
            let row = ofClass.filter { $0.labelled == count }
            return ["\(count)"] + row.map(\.text) + [row.first.map { Self.number($0.chance) } ?? ""]
          }
      )
    }
  }

  fileprivate static func number(_ value: Double) -> String { String(format: "%.2f", value) }
}

extension Classification.Reading {
  /// The accuracy over the draws.
  package var spread: Spread? { Spread(accuracies) }

  fileprivate var text: String { spread?.text(decimals: 2) ?? "" }
}

import Files
import Foundation

/// What is known to change in a folder of frames: `factors.csv` in it, with a line of names first, then a row of numbers for
/// each frame. Columns whose names differ only behind a dot are one factor: azimuth.cos and azimuth.sin are two numbers of
/// azimuth.
struct FrameFactors {
  static let fileName = "factors.csv"

  let factors: [ClipFactor]
  /// The numbers of all factors for each frame.
  let rows: [[Float]]

  /// - Throws: `FileError` that names the line if it cannot be used.
  init(contentsOf url: URL) throws {
    let table = try CSVTable(contentsOf: url)
    var factors: [ClipFactor] = []
    for column in table.names {
      let parts = column.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard parts.allSatisfy(ClipsFormat.isName) else {
        throw FileError(url, "line 1: \(column.debugDescription) as a name of a factor; \(ClipsFormat.expectedName)")
      }
      if let last = factors.last, last.name == name {
        factors[factors.count - 1] = ClipFactor(name, size: last.size + 1)
      } else if factors.contains(where: { $0.name == name }) {
        throw FileError(url, "line 1: the columns of \(name) are not beside each other")
      } else {
        factors.append(ClipFactor(name, size: 1))
      }
    }
    self.factors = factors
    rows = try table.rows.map { line, fields in
      try fields.map { field in
        guard let number = Float(field), number.isFinite else {
          throw FileError(url, "line \(line): \(field.debugDescription), expected a number")
        }
        return number
      }
    }
  }
}

import Files
import Foundation

/// What is known of clips: classes, and perhaps their splits, from a table, or from the names of folders.
///
/// A table is CSV with a line of names first. Its first column says what a row is about, such as `clip`: the path of a video or
/// of a folder below the folder that is prepared. A column `split` says `training` or `heldOut`; every other column is a class.
package struct ClipLabels: Sendable {
  package let classes: [ClipClass]
  private let rows: [String: Row]
  /// What the labels are from, for messages.
  private let source: String

  private struct Row {
    var split: Split?
    var labels: [Int]
  }

  /// Lines of the rows in the table.
  private let lines: [String: Int]
  /// Tells these labels from others, so that a preparation resumes only with the same.
  let checksum: UInt32

  /// Whether the labels decide the split of everything.
  package let haveSplits: Bool

  /// Reads a table.
  /// - Parameters:
  ///   - url: the file.
  ///   - key: the name of its first column.
  /// - Throws: `FileError` that names the line if it cannot be used.
  package init(contentsOf url: URL, by key: String = "clip") throws {
    let table = try CSVTable(contentsOf: url)
    guard table.names[0] == key, table.names.count > 1 else {
      throw FileError(url, "line 1: expected the columns \(key), split (if wanted) and one for each class")
    }
    let split = table.names.firstIndex(of: "split")
    haveSplits = split != nil
    let columns = table.names.indices.dropFirst().filter { $0 != split }
    for column in columns where !ClipsFormat.isName(table.names[column]) {
      throw FileError(
        url, "line 1: \(table.names[column].debugDescription) as a name of a class; \(ClipsFormat.expectedName)")
    }
    classes = columns.map { column in ClipClass(table.names[column], Self.values(table.rows.map { $0.fields[column] }))
    }
    var rows: [String: Row] = [:]
    for (line, fields) in table.rows {
      func fault(_ what: String) -> FileError { FileError(url, "line \(line): \(what)") }
      for column in columns where fields[column].isEmpty { throw fault("no \(table.names[column])") }
      var row = Row(
        labels: zip(classes, columns).map { known, column in known.values.firstIndex(of: fields[column])! })
      if let split {
        row.split = Split(rawValue: fields[split])
        guard row.split != nil else {
          throw fault("\(fields[split].debugDescription) as split; expected training or heldOut")
        }
      }
      guard rows.updateValue(row, forKey: fields[0]) == nil else { throw fault("\(fields[0]) is there twice") }
    }
    for split in Split.allCases where haveSplits && !rows.values.contains(where: { $0.split == split }) {
      throw FileError(url, "no row has the split \(split.rawValue); clips of both are needed, training and heldOut")
    }
    self.rows = rows
    lines = Dictionary(uniqueKeysWithValues: table.rows.map { ($0.fields[0], $0.line) })
    source = url.relativePath
    checksum = crc32(Array("\(table.names) \(table.rows.map(\.fields))".utf8))
  }

  /// The class of each video is the name of the topmost folder that it is in.
  /// - Parameter videos: paths below the folder that is prepared.
  /// - Throws: `FileError` if a video is in no such folder.
  package init(foldersOf videos: [String], in root: URL) throws {
    let folders = try videos.map { video in
      guard let slash = video.firstIndex(of: "/") else {
        throw FileError(
          root, "\(video) is in no folder of its own class; put each video into a folder named after its class")
      }
      return String(video[..<slash])
    }
    let known = ClipClass("class", Self.values(folders))
    classes = [known]
    rows = Dictionary(
      zip(videos, folders.map { Row(labels: [known.values.firstIndex(of: $0)!]) }),
      uniquingKeysWith: { first, _ in first }
    )
    lines = [:]
    (source, haveSplits, checksum) = (root.relativePath, false, crc32(Array("\(folders)".utf8)))
  }

  /// Split, if the labels decide it, and labels of a video, a folder or an object.
  /// - Throws: `FileError` if nothing is known of it.
  func known(_ name: String) throws -> (split: Split?, labels: [Int]) {
    guard let row = rows[name] else { throw FileError("\(source): no row for \(name)") }
    return (row.split, row.labels)
  }

  /// Tells, in one line, of rows that are about none of the videos, folders or objects that there are; nil if there are no
  /// such rows.
  /// - Throws: `FileError` if all rows are.
  func foreignRows(_ names: [String], of what: String) throws -> String? {
    let known = Set(names)
    let foreign = lines.filter { !known.contains($0.key) }
    guard let first = foreign.min(by: { $0.value < $1.value }) else { return nil }
    let line = "line \(first.value) (\(first.key.inOneLine))"
    guard foreign.count < lines.count else {
      throw FileError("\(source): no row names a \(what); the first is \(line)")
    }
    return "\(source): \(foreign.count) rows name no \(what) and are ignored, the first is \(line)"
  }

  private static func values(_ fields: [String]) -> [String] { Set(fields).sorted(by: NaturalOrder.precedes) }
}

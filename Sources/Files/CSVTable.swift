import Foundation

/// A table in comma-separated values (RFC 4180) with a line of names first: fields may be in double quotes, lines may end as
/// on Windows, and a byte order mark is passed over.
package struct CSVTable: Sendable {
  package let url: URL
  /// Names of the columns, all different and none empty.
  package let names: [String]
  /// The fields of each row, as many as there are names, and the line on which the row begins, from 1.
  package let rows: [(line: Int, fields: [String])]

  /// - Throws: `FileError` that names the line if this is no such table.
  package init(contentsOf url: URL) throws {
    self.url = url
    let bytes = try DataFile.read(url, atMost: Self.maxBytes, expected: "a table in comma-separated values")
    guard let text = String(validating: bytes.starts(with: Self.mark) ? bytes.dropFirst(3) : bytes, as: UTF8.self)
    else {
      throw FileError(url, "this is not UTF-8; save it as UTF-8")
    }
    var records = try Self.records(text, of: url)[...]
    guard let header = records.popFirst() else { throw FileError(url, "empty, expected a line of names first") }
    names = header.fields
    for (place, name) in names.enumerated() where name.isEmpty || names[..<place].contains(name) {
      throw FileError(url, "line 1: column \(place + 1) \(name.isEmpty ? "has no name" : "is the second \(name)")")
    }
    for (line, fields) in records where fields.count != names.count {
      throw FileError(url, "line \(line): \(fields.count) fields, expected \(names.count) as in the first line")
    }
    rows = Array(records)
  }

  /// 100,000 rows of a kilobyte.
  private static let maxBytes = 1 << 27
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Lines without any character are passed over.
  private static func records(_ text: String, of url: URL) throws -> [(line: Int, fields: [String])] {
    var (records, fields, field): ([(line: Int, fields: [String])], [String], String.UnicodeScalarView) = (
      [], [], .init()
    )
    var (line, start, isQuoted, wasQuoted) = (1, 1, false, false)
    func isAtStart() -> Bool { fields.isEmpty && field.isEmpty && !wasQuoted }
    func endField() {
      fields.append(String(field))
      (field, wasQuoted) = (.init(), false)
    }
    func endRecord() {
      if !isAtStart() {
        endField()
        records.append((start, fields))
      }
      fields = []
      start = line + 1
    }
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      switch scalar {
      case "\"" where isQuoted && next == "\"":
        field.append(scalar)
        next = scalars.next()
      case "\"" where isQuoted: isQuoted = false
      case _ where isQuoted:
        if scalar == "\n" { line += 1 }
        field.append(scalar)
      case "\"" where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
      case ",": endField()
      case "\r" where next == "\n" || next == nil: break
      case "\n":
        endRecord()
        line += 1
      case _ where wasQuoted: throw FileError(url, "line \(line): text after the closing quote")
      default: field.append(scalar)
      }
    }
    guard !isQuoted else { throw FileError(url, "line \(start): a quote is not closed") }
    endRecord()
    return records
  }
}

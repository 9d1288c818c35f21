import Files
import Foundation

/// The log of a run's metrics: one JSON object per line, appended during training.
package final class MetricsLog {
  private let url: URL
  private var descriptor: Int32
  /// Step of the last row that was there when the log was opened; 0 if there was none.
  let lastStep: Int

  /// Opens or creates the log at `url`, and drops the rows after `step`, which a resumed run writes again, and what a
  /// crash left behind the last row.
  /// - Throws: `FileError` if the log cannot be read or written, or another line is not a row of metrics.
  package init(_ url: URL, resumingAfter step: Int = .max) throws {
    lastStep = access(url.path, F_OK) == 0 ? try Self.truncate(url, afterStep: step) : 0
    self.url = url
    descriptor = try Self.open(url)
  }

  deinit { close(descriptor) }

  private static func open(_ url: URL) throws -> Int32 {
    let descriptor = Glibc.open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileError(url, cannot: "write", errno: errno) }
    return descriptor
  }

  /// Appends a row in a single write, so that a killed process leaves complete lines.
  ///
  /// If the disk is full and only a part is written, that part is removed again. If someone has removed the file, another
  /// one begins.
  /// - Throws: `FileError` if the row cannot be written.
  package func append(_ row: MetricsRow) throws {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_nlink == 0 {
      let new = try Self.open(url)
      close(descriptor)
      descriptor = new
    }
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0 else { throw FileError(url, cannot: "write", errno: errno) }
    do {
      try Array((row.line + "\n").utf8).withUnsafeBytes { try writeAll($0, to: descriptor, of: url) }
    } catch {
      ftruncate(descriptor, size)
      throw error
    }
  }

  /// Flushes the rows to disk, so that a loss of power keeps those before a checkpoint that is written afterwards.
  /// - Throws: `FileError` if they cannot be written.
  func synchronise() throws {
    guard AtomicFile.flush(descriptor) else { throw FileError(url, cannot: "write", errno: errno) }
  }

  /// That rows are missing before a training that resumes from `step`, in one line.
  func gap(before step: Int) -> String {
    "\(url.relativePath): the rows of steps \(lastStep + 1) to \(step) are missing; curves have a gap there"
  }

  /// The rows of a log. What a crash may leave at its end, an incomplete line or zero bytes, is skipped.
  /// - Throws: `FileError` if the log cannot be read, or another line is not a row of metrics.
  package static func read(_ url: URL) throws -> [MetricsRow] {
    try rows(in: DataFile.read(url), of: url).map(\.row)
  }

  /// Drops the rows after `step` and what is behind the last row; the rows before stay the same, byte for byte.
  /// - Returns: the step of the last row that stays; 0 if none does.
  static func truncate(_ url: URL, afterStep step: Int) throws -> Int {
    let old = try DataFile.read(url)
    let rows = try rows(in: old, of: url).filter { $0.row.step <= step }
    let kept = rows.reduce(into: Data()) { kept, row in
      kept += row.line
      kept.append(newline)
    }
    if kept != old { try AtomicFile.write(kept, to: url) }
    return rows.last?.row.step ?? 0
  }

  private static func rows(in data: Data, of url: URL) throws -> [(line: Data, row: MetricsRow)] {
    guard let end = data.lastIndex(of: newline) else { return [] }
    let lines = data[..<end].split(separator: newline, omittingEmptySubsequences: false)
    let rows = lines.map { line in MetricsRow(line: line).map { (line: line, row: $0) } }
    let count = rows.lastIndex { $0 != nil }.map { $0 + 1 } ?? min(1, rows.count)
    return try rows[..<count].enumerated().map { index, row in
      guard let row else { throw FileError(url, "line \(index + 1) is not a row of metrics; remove this line") }
      return row
    }
  }

  private static let newline = UInt8(ascii: "\n")
}

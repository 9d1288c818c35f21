import Files
import Foundation

/// The log of a run's metrics: one JSON object per line, appended during training.
package final class MetricsLog {
  private let url: URL
  private let descriptor: Int32

  /// Opens or creates the log at `url`, and drops the rows after `step`, which a resumed run writes again.
  /// - Throws: `FileError` if the log cannot be read or written.
  package init(_ url: URL, resumingAfter step: Int = .max) throws {
    if access(url.path, F_OK) == 0 { try Self.truncate(url, afterStep: step) }
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(url, cannot: "write", errno: errno) }
    self.url = url
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Appends a row in a single write, so that a killed process leaves complete lines.
  ///
  /// If the disk is full and only a part is written, that part is removed again.
  /// - Throws: `FileError` if the row cannot be written.
  package func append(_ row: MetricsRow) throws {
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
    while fsync(descriptor) != 0 {
      // Pipes and some file systems cannot be flushed.
      if errno == EINVAL || errno == ENOTSUP || errno == EROFS { return }
      guard errno == EINTR else { throw FileError(url, cannot: "write", errno: errno) }
    }
  }

  /// The rows of a log. An incomplete last line, which a crash may leave, is skipped.
  /// - Throws: `FileError` if the log cannot be read, or a line is not a row of metrics.
  package static func read(_ url: URL) throws -> [MetricsRow] {
    try lines(of: url).enumerated().map { index, line in
      guard let row = MetricsRow(line: line) else {
        throw FileError(url, "line \(index + 1) is not a row of metrics; remove this line")
      }
      return row
    }
  }

  /// Drops the rows after `step` and an incomplete last line; the rows before stay the same, byte for byte.
  static func truncate(_ url: URL, afterStep step: Int) throws {
    let old = try mapFile(url)
    var kept = Data()
    for (index, line) in try lines(of: url).enumerated() {
      guard let row = MetricsRow(line: line) else {
        throw FileError(url, "line \(index + 1) is not a row of metrics; remove this line")
      }
      guard row.step <= step else { continue }
      kept += line
      kept.append(UInt8(ascii: "\n"))
    }
    if kept != old { try AtomicFile.write(kept, to: url) }
  }

  private static func lines(of url: URL) throws -> [Data] {
    let data = try mapFile(url)
    guard let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    return data[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }
}

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

  /// The numbers of a log's rows. What a crash may leave at its end, an incomplete line or zero bytes, is skipped.
  /// - Throws: `FileError` if the log cannot be read, or another line is not a row of metrics.
  package static func read(_ url: URL) throws -> MetricsTable {
    var table = MetricsTable()
    try forEachRow(of: InputFile(url)) { table.append($1) }
    return table
  }

  /// Drops the rows after `step` and what is behind the last row; the rows before stay the same, byte for byte.
  /// - Returns: the step of the last row that stays; 0 if none does.
  static func truncate(_ url: URL, afterStep step: Int) throws -> Int {
    let file = try InputFile(url)
    var (kept, last) = (Data(), 0)
    try forEachRow(of: file) { line, row in
      guard row.step <= step else { return }
      kept.append(contentsOf: line)
      kept.append(newline)
      last = row.step
    }
    // Lines in their order are the whole file if they have as many bytes.
    if kept.count != file.byteCount { try AtomicFile.write(kept, to: url) }
    return last
  }

  /// Reads a log piece by piece, since those of long trainings have hundreds of megabytes.
  private static func forEachRow(
    of file: InputFile, _ body: (_ line: ArraySlice<UInt8>, _ row: MetricsRow) throws -> Void
  ) throws {
    var (lines, offset, number, lastRow, firstFault) = ([UInt8](), 0, 0, 0, Int?.none)
    while true {
      let piece = try file.bytes(offset..<offset + 1 << 20)
      guard !piece.isEmpty else { break }
      offset += piece.count
      lines += piece
      var (start, searched) = (0, lines.count - piece.count)
      while let end = lines[searched...].firstIndex(of: newline) {
        number += 1
        let line = lines[start..<end]
        start = end + 1
        searched = start
        guard let row = MetricsRow(line: line) else {
          firstFault = firstFault ?? number
          continue
        }
        // What is no row may only be behind the last one.
        if let firstFault { throw fault(file, line: firstFault) }
        lastRow = number
        try body(line, row)
      }
      lines.removeFirst(start)
    }
    if lastRow == 0, let firstFault { throw fault(file, line: firstFault) }
  }

  private static func fault(_ file: InputFile, line: Int) -> FileError {
    FileError(file.url, "line \(line) is not a row of metrics; remove this line")
  }

  private static let newline = UInt8(ascii: "\n")
}

import DRNetGPU
import Files
import Foundation

/// What people read while a command works: messages and progress on stderr, so that stdout holds results alone.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1

  static func message(_ text: String) { write((isInteractive ? "\r\u{1B}[K" : "") + "drnet: \(text)\n") }

  /// Overwrites the line of progress.
  static func progress(_ text: String) { write("\r\u{1B}[K\(text)") }

  /// Prints rows in columns as wide as their widest cell.
  static func printTable(_ rows: [[String]]) {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    for row in rows {
      let cells = row.enumerated().map { $1.padding(toLength: widths[$0], withPad: " ", startingAt: 0) }
      print(cells.joined(separator: "  ").replacing(/\ +$/, with: ""))
    }
  }

  /// Prints a value for machines.
  static func printJSON(_ value: some Encodable) throws {
    print(String(decoding: try JSONEncoder.stable(isPretty: true).encode(value), as: UTF8.self))
  }

  /// Writes out what was printed.
  /// - Throws: `FileError` where stdout takes no more; a reader that went away wanted no more.
  static func flushResults() throws {
    errno = 0
    guard fflush(nil) != 0, errno != EPIPE else { return }
    throw FileError(URL(filePath: "stdout"), "cannot write the results: \(String(cString: strerror(errno)))")
  }

  /// Whether anybody reads it is not the training's concern.
  private static func write(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { bytes in
      writeAll(bytes) { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }
}

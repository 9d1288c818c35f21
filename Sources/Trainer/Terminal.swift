import DRNetGPU
import Dispatch
import Files
import Foundation

/// Messages and progress go to stderr, so that stdout contains only results.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Writes a line. What commands a terminal is taken out, since texts may hold names from files.
  static func message(_ text: String) {
    write((isInteractive ? "\r\u{1B}[K" : "") + "drnet: \(text.withoutControlCharacters)\n")
  }

  /// Overwrites the progress line.
  static func progress(_ text: String) { write("\r\u{1B}[K\(text.withoutControlCharacters)") }

  /// Prints a line of results, in the same way.
  static func printLine(_ text: String) { print(text.withoutControlCharacters) }

  /// A time as hours, minutes and seconds: `0:03:21`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9))
    return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }

  /// Prints rows in columns as wide as their widest cell.
  static func printTable(_ rows: [[String]]) {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    for row in rows {
      let cells = row.enumerated().map { $1.padding(toLength: widths[$0], withPad: " ", startingAt: 0) }
      printLine(cells.joined(separator: "  ").replacing(/\ +$/, with: ""))
    }
  }

  /// Prints a value as JSON.
  static func printJSON(_ value: some Encodable) throws {
    print(String(decoding: try JSONEncoder.stable(isPretty: true).encode(value), as: UTF8.self))
  }

  /// Opens the standard streams that the caller has closed, so that no other file takes their place: messages for a closed
  /// stderr are lost, and results for a closed stdout cannot be written.
  static func openStandardStreams() {
    for (stream, mode) in [(STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(stream, F_GETFD) < 0 {
      // The lowest number that is free.
      _ = open("/dev/null", mode)
    }
  }

  /// Flushes stdout.
  /// - Throws: `FileError` if stdout cannot be written; a closed pipe is not an error, since its reader has finished.
  static func flushResults() throws {
    errno = 0
    guard fflush(nil) != 0, errno != EPIPE else { return }
    throw FileError(URL(filePath: "stdout"), "cannot write the results: \(String(cString: strerror(errno)))")
  }

  /// Writes in order, on a thread that may be held up.
  private static let writer = DispatchQueue(label: "messages")

  /// Errors are ignored: a training does not depend on its messages being read. If nobody takes them (a stopped terminal, a
  /// full pipe), this waits, but a process that was asked to stop goes on.
  private static func write(_ text: String) {
    guard Interruption.isPossible else { return writeNow(text) }
    let written = DispatchSemaphore(value: 0)
    writer.async {
      writeNow(text)
      written.signal()
    }
    while written.wait(timeout: .now() + .milliseconds(100)) == .timedOut { if Interruption.isWanted { return } }
  }

  private static func writeNow(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { bytes in
      writeAll(bytes) { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }
}

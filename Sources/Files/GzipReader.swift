import CZlib
import Foundation

/// Reads a file that may be gzipped; zlib reads plain files unchanged.
package final class GzipReader {
  private let url: URL
  private let file: gzFile

  package init(_ url: URL) throws {
    self.url = url
    try DataFile.refusePipe(url)
    guard let file = gzopen(url.path, "rb") else { throw FileError(url, cannot: "read", errno: errno) }
    gzbuffer(file, 1 << 18)
    self.file = file
  }

  deinit { gzclose(file) }

  /// Whether the file is not gzipped; known after the first read.
  package var isPlain: Bool { gzdirect(file) == 1 }

  /// The next `count` bytes, or all that are left. Memory grows with the data read, so a false header cannot request much.
  package func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = min(count - bytes.count, 1 << 22)
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: piece))
      let got = bytes.withUnsafeMutableBytes { gzread(file, $0.baseAddress! + start, UInt32(piece)) }
      bytes.removeLast(piece - max(Int(got), 0))
      var code: Int32 = 0
      let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
      guard code == Z_OK || code == Z_STREAM_END else {
        let reason =
          switch code {
          case Z_ERRNO: String(cString: strerror(errno))
          case Z_BUF_ERROR: "truncated gzip file"
          default: "damaged gzip file (\(message.replacingOccurrences(of: "\(url.path): ", with: "")))"
          }
        throw FileError(url, reason)
      }
      if got < piece { break }
    }
    return bytes
  }
}

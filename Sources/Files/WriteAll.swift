import Foundation

/// Writes all bytes, through interruptions and short writes.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of url: URL) throws {
  var rest = bytes
  while !rest.isEmpty {
    let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
    if written < 0 {
      if errno == EINTR { continue }
      throw FileError(url, cannot: "write", errno: errno)
    }
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
  }
}

import Foundation

/// Writes all bytes to a file.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of url: URL) throws {
  guard writeAll(bytes, with: { Glibc.write(descriptor, $0.baseAddress, $0.count) }) else {
    throw FileError(url, cannot: "write", errno: errno)
  }
}

/// Writes all bytes with `write`, a system call that returns how many bytes it has written. Interrupted and short writes
/// are continued.
/// - Returns: false if the system call fails; `errno` says why.
package func writeAll(_ bytes: UnsafeRawBufferPointer, with write: (UnsafeRawBufferPointer) -> Int) -> Bool {
  var rest = bytes
  while !rest.isEmpty {
    let written = write(rest)
    if written < 0 {
      if errno == EINTR { continue }
      return false
    }
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
  }
  return true
}

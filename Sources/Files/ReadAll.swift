import Foundation

/// Reads `count` bytes of a file from `offset`, or fewer if the file ends before.
package func readAll(_ count: Int, at offset: Int, from descriptor: Int32, of url: URL) throws -> [UInt8] {
  try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
    while done < count {
      let read = pread(descriptor, buffer.baseAddress! + done, count - done, offset + done)
      if read < 0 && errno == EINTR { continue }
      guard read >= 0 else { throw FileError(url, cannot: "read", errno: errno) }
      if read == 0 { break }
      done += read
    }
  }
}

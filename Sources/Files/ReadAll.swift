import Foundation

/// Fills `target` with the bytes of a file from `offset` on.
/// - Returns: how many there were.
package func readAll(
  into target: UnsafeMutableRawBufferPointer, at offset: Int, from descriptor: Int32, of url: URL
) throws -> Int {
  var done = 0
  while done < target.count {
    let read = pread(descriptor, target.baseAddress! + done, target.count - done, offset + done)
    if read < 0 && errno == EINTR { continue }
    guard read >= 0 else { throw FileError(url, cannot: "read", errno: errno) }
    if read == 0 { break }
    done += read
  }
  return done
}

/// Reads `count` bytes of a file from `offset`, or fewer if the file ends before.
package func readAll(_ count: Int, at offset: Int, from descriptor: Int32, of url: URL) throws -> [UInt8] {
  try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
    done = try readAll(into: UnsafeMutableRawBufferPointer(buffer), at: offset, from: descriptor, of: url)
  }
}

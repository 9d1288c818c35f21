import CZlib
import Foundation

/// CRC-32 (ISO 3309, as in PNG and gzip) of `bytes`; `previous` is the checksum of the bytes before them.
package func crc32(_ bytes: some ContiguousBytes, after previous: UInt32 = 0) -> UInt32 {
  bytes.withUnsafeBytes { bytes in
    guard let start = bytes.baseAddress else { return previous }
    return UInt32(truncatingIfNeeded: crc32_z(uLong(previous), start.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}

/// A CRC-32 in eight hexadecimal digits.
package func hexadecimal(_ checksum: UInt32) -> String {
  let digits = String(checksum, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

import Files
import Foundation

/// The checksums of a safetensors file, which stand in its `__metadata__` under `checksums`, where other programs ignore
/// them: CRC-32 of the header, then of each tensor in the order of the data, eight hexadecimal digits each, with spaces
/// between. The header's counts all these digits as 0.
struct SafetensorsChecksums: Equatable {
  static let key = "checksums"

  let header: UInt32
  /// In the order of the data.
  let tensors: [UInt32]

  init(header: UInt32, tensors: [UInt32]) { (self.header, self.tensors) = (header, tensors) }

  /// Those that a file's metadata hold; nil if this is none of ours.
  init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let numbers = words.compactMap { $0.count == Self.digits ? UInt32($0, radix: 16) : nil }
    guard numbers.count == words.count, let header = numbers.first else { return nil }
    self.init(header: header, tensors: Array(numbers.dropFirst()))
  }

  var text: String { ([header] + tensors).map(hexadecimal).joined(separator: " ") }

  /// What stands in a header until the checksums are known.
  static func placeholder(tensors count: Int) -> String {
    SafetensorsChecksums(header: 0, tensors: [UInt32](repeating: 0, count: count)).text
  }

  /// Where a header, as we write it, has the digits for `count` tensors; nil if it has none.
  static func place(in header: Data, tensors count: Int) -> Range<Int>? {
    guard let start = header.firstRange(of: Data("\"\(key)\":\"".utf8))?.upperBound else { return nil }
    let end = start + placeholder(tensors: count).utf8.count
    return end <= header.endIndex ? start..<end : nil
  }

  /// The checksum of a header, whatever digits stand in it.
  static func ofHeader(_ header: Data, tensors count: Int) -> UInt32 {
    var header = header
    if let place = place(in: header, tensors: count) {
      header.replaceSubrange(place, with: Data(placeholder(tensors: count).utf8))
    }
    return crc32(header)
  }

  private static let digits = 8
}

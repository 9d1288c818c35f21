import Files
import Foundation
import TensorEngine

/// Header of a matrix file of NORB: a magic number that tells the type of the elements, the number n of dimensions, and
/// max(n, 3) extents, of which those after the n-th are unused; all are little-endian 32-bit words. The elements
/// follow, row-major.
struct NORBMatrixHeader {
  enum Element: UInt32 {
    case byte = 0x1E3D_4C55
    case integer = 0x1E3D_4C54

    /// Bytes of an element.
    var size: Int { self == .byte ? 1 : 4 }
  }

  /// Types of the format that are not supported.
  private static let otherTypes: [UInt32: String] = [
    0x1E3D_4C51: "32-bit floats", 0x1E3D_4C52: "packed numbers", 0x1E3D_4C53: "64-bit floats",
    0x1E3D_4C56: "16-bit integers",
  ]

  let element: Element
  /// The extents that are used.
  let extents: [Int]
  /// Bytes before the elements.
  let size: Int
  /// Number of elements; their bytes are at most `maxSize`.
  let count: Int

  /// Nine times the bytes of the largest matrix of small NORB.
  static let maxSize = 1 << 32

  /// Reads the header at the start of `reader`.
  /// - Throws: `FileError` if it is no such header, or has another number of dimensions than `dimensions`.
  init(_ reader: GzipReader, of url: URL, dimensions: Int) throws {
    func words(_ count: Int) throws -> [UInt32] {
      let bytes = try reader.read(4 * count)
      guard bytes.count == 4 * count else {
        throw FileError(url, "truncated within the header of its matrix (\(bytes.count) of \(4 * count) bytes)")
      }
      return Self.words(bytes)
    }
    let start = try reader.read(4)
    let magic = start.count == 4 ? Self.words(start)[0] : 0
    guard let element = Element(rawValue: magic) else {
      if let other = Self.otherTypes[magic] {
        throw FileError(url, "NORB matrix of \(other), expected bytes or 32-bit integers")
      }
      let found = start.map { String(format: "%02x", $0) }.joined(separator: " ")
      throw FileError(
        url,
        "not a NORB matrix: it starts with [\(found)], expected [55 4c 3d 1e] (bytes) or "
          + "[54 4c 3d 1e] (32-bit integers)")
    }
    self.element = element
    let found = try words(1)[0]
    guard found == dimensions else {
      throw FileError(url, "NORB matrix of \(found) dimensions, expected \(dimensions)")
    }
    let stored = max(dimensions, 3)
    extents = try words(stored).prefix(dimensions).map { Int($0) }
    size = 4 * (2 + stored)
    count = extents.reduce(1) { count, extent in
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      return overflow ? .max : product
    }
    guard count > 0, count <= Self.maxSize / element.size else {
      throw FileError(
        url, "NORB matrix of \(Shape(extents)) elements, expected from 1 to \(Self.maxSize) bytes")
    }
  }

  static func words(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count, by: 4).map { start in
      bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }
}

/// A small matrix of NORB, bytes or integers, plain or gzipped: `-cat` and `-info` files.
struct NORBMatrix {
  let extents: [Int]
  let values: [Int]

  /// Maximum number of elements: 40 times that of small NORB's largest.
  static let maxCount = 1 << 22

  /// - Throws: `FileError` if the file cannot be read or is no such matrix.
  init(contentsOf url: URL, dimensions: Int) throws {
    let reader = try GzipReader(url)
    let header = try NORBMatrixHeader(reader, of: url, dimensions: dimensions)
    extents = header.extents
    guard header.count <= Self.maxCount else {
      throw FileError(
        url, "NORB matrix of \(Shape(extents)) elements, expected at most \(Self.maxCount)")
    }
    let expected = header.count * header.element.size
    let bytes = try reader.read(expected)
    guard bytes.count == expected else {
      throw FileError(
        url, "truncated: a matrix of \(Shape(extents)) needs \(expected) bytes, \(bytes.count) are there")
    }
    guard try reader.read(1).isEmpty else {
      throw FileError(url, "longer than its matrix of \(Shape(extents)) (\(expected) bytes)")
    }
    values =
      header.element == .byte
      ? bytes.map { Int($0) } : NORBMatrixHeader.words(bytes).map { Int(Int32(bitPattern: $0)) }
  }
}

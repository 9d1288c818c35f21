import Files
import Foundation
import TensorEngine

/// An IDX file of unsigned bytes, plain or gzipped: the format of MNIST and similar data sets. Two zero bytes, the type
/// (8), the number of dimensions, each extent as a big-endian 32-bit number, then the bytes, row-major.
struct IDXFile {
  let extents: [Int]
  let values: [UInt8]

  /// - Throws: `FileError` if the file cannot be read or is no IDX file of bytes with `dimensions` dimensions.
  init(contentsOf url: URL, dimensions: Int) throws {
    let reader = try GzipReader(url)
    let magic = try reader.read(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0, (1...8).contains(magic[3]) else {
      let found = magic.map { String(format: "%02x", $0) }.joined(separator: " ")
      throw FileError(url, "not an IDX file: it starts with [\(found)], expected [00 00 08 0\(dimensions)]")
    }
    guard magic[2] == 8 else {
      throw FileError(
        url, "IDX type 0x\(String(magic[2], radix: 16)) is not read, expected unsigned bytes (0x8)")
    }
    guard magic[3] == dimensions else {
      throw FileError(url, "IDX file of \(magic[3]) dimensions, expected \(dimensions)")
    }
    let header = try reader.read(4 * dimensions)
    guard header.count == 4 * dimensions else { throw FileError(url, "truncated within the IDX header") }
    extents = (0..<dimensions).map { axis in header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
    var expected = 1
    for extent in extents {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else {
        throw FileError(url, "IDX extents \(Shape(extents)) make no sense")
      }
      expected = product
    }
    values = try reader.read(expected)
    guard values.count == expected else {
      throw FileError(
        url, "truncated: IDX extents \(Shape(extents)) need \(expected) bytes, \(values.count) are there")
    }
    guard try reader.read(1).isEmpty else {
      throw FileError(url, "longer than its IDX extents \(Shape(extents)) say (\(expected) bytes)")
    }
  }
}

import Files
import Foundation
import TensorEngine

/// The element types of safetensors files that this reader supports.
enum SafetensorsElement: String, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case boolean = "BOOL"

  var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .boolean: 1
    }
  }
}

/// The header of a safetensors file: which tensors the file holds, and where.
///
/// The file is: the header's length (8 bytes, little-endian), the header (JSON), the data. The header maps each name to
/// `dtype`, `shape` and `data_offsets` (first byte and one past the last, from the start of the data), and
/// `__metadata__` to strings. Reading checks everything, so that code that uses the header cannot go out of bounds.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var element: SafetensorsElement
    var shape: Shape
    /// Bytes from the start of the data.
    var range: Range<Int>
  }

  /// In the order of the data.
  private(set) var entries: [Entry] = []
  /// Without the checksums.
  private(set) var metadata: [String: String] = [:]
  /// One for each entry; nil if the file has none.
  private(set) var checksums: SafetensorsChecksums?
  /// Bytes; the limit of the reference implementation.
  static let maxLength = 100_000_000

  /// The header's length, from the first 8 bytes of a file of `byteCount`, or from all of a shorter one.
  static func length(_ start: Data, ofFile byteCount: Int, at url: URL) throws -> Int {
    guard start.count == 8 else { throw foreign(url, "\(start.count) bytes; the shortest file has 8") }
    let length = start.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= maxLength else {
      if PyTorchFile.isOne(start) { throw PyTorchFile.error(url) }
      throw foreign(url, "a header of \(length) bytes; at most \(maxLength) are allowed")
    }
    guard length <= byteCount - 8 else {
      throw foreign(url, "a header of \(length) bytes in a file of \(byteCount)")
    }
    return Int(length)
  }

  /// - Parameters:
  ///   - header: the bytes of the header.
  ///   - byteCount: size of the whole file.
  ///   - url: the file, for errors.
  init(_ header: Data, ofFile byteCount: Int, at url: URL) throws {
    let document: JSONValue
    do {
      document = try JSONValue(parsing: header)
    } catch {
      throw Self.foreign(url, "its header is not JSON (\(error))")
    }
    guard case .object(let members) = document else { throw Self.foreign(url, "its header is not a JSON object") }

    var names: Set<String> = []
    for member in members {
      guard names.insert(member.key).inserted else {
        throw FileError(url, "'\(member.key)' stands in the header twice; save the file again")
      }
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, url)
      } else {
        entries.append(try Self.entry(member, url))
      }
    }
    try checkCoverage(byteCount: byteCount - 8 - header.count, url)
    if let text = metadata.removeValue(forKey: SafetensorsChecksums.key) {
      checksums = SafetensorsChecksums(text)
      guard let checksums, checksums.tensors.count == entries.count,
        checksums.header == SafetensorsChecksums.ofHeader(header, tensors: entries.count)
      else { throw Self.changed(url, "the header") }
    }
  }

  private static func metadata(_ value: JSONValue, _ url: URL) throws -> [String: String] {
    guard case .object(let members) = value else { throw foreign(url, "__metadata__ is not a JSON object") }
    var metadata: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else {
        throw foreign(url, "__metadata__ '\(member.key)' is not a string")
      }
      guard metadata.updateValue(text, forKey: member.key) == nil else {
        throw FileError(url, "__metadata__ '\(member.key)' stands in the header twice; save the file again")
      }
    }
    return metadata
  }

  private static func entry(_ member: JSONValue.Member, _ url: URL) throws -> Entry {
    let name = member.key
    guard case .string(let type)? = member.value["dtype"], case .array(let extents)? = member.value["shape"],
      case .array(let offsets)? = member.value["data_offsets"]
    else { throw foreign(url, "tensor '\(name)' lacks dtype, shape or data_offsets") }
    guard let element = SafetensorsElement(rawValue: type) else {
      let known = SafetensorsElement.allCases.map(\.rawValue).joined(separator: ", ")
      throw FileError(url, "tensor '\(name)' has dtype '\(type)'; readable are \(known); convert it to F32")
    }
    let shape = extents.compactMap(\.integer)
    guard shape.count == extents.count, shape.allSatisfy({ $0 >= 0 }) else {
      throw FileError(url, "the shape of tensor '\(name)' has an extent that is no whole number from 0 up")
    }
    // Extents of 0 count as 1 here, so that they cannot hide an overflow by the others.
    var byteCount = element.byteCount
    for extent in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow else { throw FileError(url, "tensor '\(name)' of shape \(Shape(shape)) is too large to address") }
      byteCount = product
    }
    if shape.contains(0) { byteCount = 0 }
    let bounds = offsets.compactMap(\.integer)
    guard bounds.count == 2, offsets.count == 2, 0 <= bounds[0], bounds[0] <= bounds[1] else {
      throw FileError(url, "the data_offsets of tensor '\(name)' are not two ascending whole numbers from 0 up")
    }
    guard bounds[1] - bounds[0] == byteCount else {
      throw FileError(
        url,
        "tensor '\(name)' has \(bounds[1] - bounds[0]) bytes; shape \(Shape(shape)) of \(type) needs \(byteCount)")
    }
    return Entry(name: name, element: element, shape: Shape(shape), range: bounds[0]..<bounds[1])
  }

  /// Sorts the entries by position and checks that they cover each byte of the data once.
  private mutating func checkCoverage(byteCount: Int, _ url: URL) throws {
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for entry in entries {
      let place = "the data of tensor '\(entry.name)'"
      guard entry.range.lowerBound >= end else {
        throw FileError(url, "\(place) overlap those of another tensor; save the file again")
      }
      guard entry.range.lowerBound == end else {
        throw FileError(url, "\(entry.range.lowerBound - end) unused bytes before \(place); save the file again")
      }
      guard entry.range.upperBound <= byteCount else {
        throw FileError(
          url,
          "\(place) end at byte \(entry.range.upperBound) of \(byteCount); the file was cut short, so copy it again")
      }
      end = entry.range.upperBound
    }
    guard end == byteCount else {
      throw FileError(url, "\(byteCount - end) unused bytes after the last tensor; save the file again")
    }
  }

  /// The error for a part that does not fit its checksum.
  static func changed(_ url: URL, _ part: String) -> FileError {
    FileError(
      url,
      "damaged: \(part) does not fit its checksum; copy the file again or, if another program has changed it, save it "
        + "without '\(SafetensorsChecksums.key)' in __metadata__")
  }

  private static func foreign(_ url: URL, _ found: String) -> FileError {
    FileError(url, "this is not a safetensors file, or a damaged one: \(found)")
  }
}

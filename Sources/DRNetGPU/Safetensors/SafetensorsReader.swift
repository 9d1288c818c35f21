import Files
import Foundation
import TensorEngine

extension SafetensorsFile {
  /// Reads a whole file; floats of any width become float32, integers Int64.
  /// - Throws: `FileError` if the file cannot be read, is no safetensors file or is damaged.
  public static func read(_ url: URL) throws -> SafetensorsFile {
    let input = try InputFile(url)
    return try decode(input.byteCount, from: url) { try input.read(at: $0, into: $1) }
  }

  /// Decodes the bytes of a whole file; `url` names the file in errors.
  static func decode(_ data: Data, from url: URL) throws -> SafetensorsFile {
    try decode(data.count, from: url) { offset, target in
      data.withUnsafeBytes {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + target.count]))
      }
    }
  }

  /// Decodes a file of `byteCount` bytes. Its tensors are read one by one, those of float32 into their place, so that no
  /// more than one is in memory twice.
  /// - Parameter read: fills the target with the bytes from an offset on.
  private static func decode(
    _ byteCount: Int, from url: URL, read: (_ offset: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> SafetensorsFile {
    func elements<Element>(_ count: Int, at offset: Int) throws -> [Element] {
      try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        let target = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
        try read(offset, UnsafeMutableRawBufferPointer(target))
        initialized = count
      }
    }
    let length = try SafetensorsHeader.length(Data(elements(min(8, byteCount), at: 0)), ofFile: byteCount, at: url)
    let header = try SafetensorsHeader(Data(elements(length, at: 8)), ofFile: byteCount, at: url)
    var file = SafetensorsFile(source: url, metadata: header.metadata)
    for (index, entry) in header.entries.enumerated() {
      func verify(_ stored: UnsafeRawBufferPointer) throws {
        guard let checksums = header.checksums, crc32(stored) != checksums.tensors[index] else { return }
        throw SafetensorsHeader.changed(url, "tensor '\(entry.name)'")
      }
      let start = 8 + length + entry.range.lowerBound
      #if _endian(little)
        if entry.element == .float32 {
          let values: [Float] = try elements(entry.shape.count, at: start)
          try values.withUnsafeBytes(verify)
          file[entry.name] = HostTensor(entry.shape, values)
          continue
        }
      #endif
      let bytes: [UInt8] = try elements(entry.range.count, at: start)
      try bytes.withUnsafeBytes { stored in
        try verify(stored)
        if let floats = entry.floats(stored) {
          file[entry.name] = HostTensor(entry.shape, floats)
        } else {
          let values = try entry.integers(stored).map { value in
            guard let value else { throw FileError(url, "'\(entry.name)' holds a number beyond 2^63; expected less") }
            return value
          }
          file.integers[entry.name] = Integers(entry.shape, values)
        }
      }
    }
    return file
  }
}

extension SafetensorsHeader.Entry {
  /// The elements as float32; nil if they are not floats.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
    switch element {
    case .float32: map(bytes) { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64: map(bytes) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .float16: map(bytes) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16: map(bytes) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    default: nil
    }
  }

  /// The elements as Int64, nil for each that does not fit; empty if they are not integers.
  func integers(_ bytes: UnsafeRawBufferPointer) -> [Int64?] {
    switch element {
    case .int64: map(bytes) { (value: Int64) in value }
    case .int32: map(bytes) { (value: Int32) in Int64(value) }
    case .int16: map(bytes) { (value: Int16) in Int64(value) }
    case .int8: map(bytes) { (value: Int8) in Int64(value) }
    case .uint64: map(bytes) { (value: UInt64) in Int64(exactly: value) }
    case .uint32: map(bytes) { (value: UInt32) in Int64(value) }
    case .uint16: map(bytes) { (value: UInt16) in Int64(value) }
    case .uint8, .boolean: map(bytes) { (value: UInt8) in Int64(value) }
    default: []
    }
  }

  /// Applies `convert` to each little-endian element; the data of a file need not be aligned.
  @inline(__always)
  private func map<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
    _ bytes: UnsafeRawBufferPointer, _ convert: (Stored) -> Value
  ) -> [Value] {
    let count = shape.count
    let size = MemoryLayout<Stored>.size
    return [Value](unsafeUninitializedCapacity: count) { values, initialized in
      for index in 0..<count {
        let stored = bytes.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
        values.initializeElement(at: index, to: convert(Stored(littleEndian: stored)))
      }
      initialized = count
    }
  }
}

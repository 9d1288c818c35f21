import Files
import Foundation
import TensorEngine

/// The content of a safetensors file to be written. Float tensors are fetched one by one during writing, so that a
/// checkpoint is never held in memory as a whole.
public struct SafetensorsContent {
  /// A float tensor and how to get it.
  struct Entry {
    let name: String
    let shape: Shape
    let tensor: () throws -> HostTensor
  }

  /// In the order of the file.
  var entries: [Entry] = []
  /// Written before the floats, in the order of their names.
  var integers: [String: SafetensorsFile.Integers] = [:]
  var metadata: [String: String] = [:]

  /// Fetches all tensors into memory.
  /// - Throws: `DeviceError` if a tensor is on a device that fails.
  public func file() throws -> SafetensorsFile {
    var file = SafetensorsFile(metadata: metadata)
    for entry in entries { file[entry.name] = try entry.tensor() }
    file.integers = integers
    return file
  }

  /// The same content, of which each tensor is checked when it is fetched.
  /// - Parameter fault: the error for the name of a tensor that holds NaN or infinity.
  func requiringFinite(or fault: @escaping (String) -> any Error) -> SafetensorsContent {
    var checked = self
    checked.entries = entries.map { entry in
      Entry(name: entry.name, shape: entry.shape) {
        let tensor = try entry.tensor()
        guard tensor.values.allSatisfy(\.isFinite) else { throw fault(entry.name) }
        return tensor
      }
    }
    return checked
  }

  /// Writes the file atomically. The same content gives the same bytes.
  ///
  /// The metadata get checksums, see `SafetensorsChecksums`. Integers are stored as I64 and come first, so that every tensor is aligned to its elements; floats as F32.
  /// - Throws: `FileError` if the file cannot be written, `DeviceError` if a tensor is on a device that fails.
  public func write(to url: URL) throws {
    let counters = integers.sorted { $0.key < $1.key }
    let count = counters.count + entries.count
    var metadata = metadata
    metadata[SafetensorsChecksums.key] = SafetensorsChecksums.placeholder(tensors: count)
    let pairs = metadata.sorted { $0.key < $1.key }
      .map { JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value) }
    var members = ["\"__metadata__\":{" + pairs.joined(separator: ",") + "}"]
    var offset = 0
    func describe(_ name: String, _ element: SafetensorsElement, _ shape: Shape) {
      let end = offset + shape.count * element.byteCount
      members.append(
        "\(JSONValue.quoted(name)):{\"dtype\":\"\(element.rawValue)\","
          + "\"shape\":[\(shape.extents.map(String.init).joined(separator: ","))],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    for (name, value) in counters { describe(name, .int64, value.shape) }
    for entry in entries { describe(entry.name, .float32, entry.shape) }

    // The format allows spaces after the header; they align the data to 8 bytes.
    var header = Data(("{" + members.joined(separator: ",") + "}").utf8)
    header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))

    try AtomicFile.write(to: url) { output in
      var sums: [UInt32] = []
      func append(_ bytes: UnsafeRawBufferPointer) throws {
        sums.append(crc32(bytes))
        try output.append(bytes)
      }
      try withUnsafeBytes(of: UInt64(header.count).littleEndian, output.append)
      try output.append(header)
      for (_, value) in counters { try value.values.map(\.littleEndian).withUnsafeBytes(append) }
      for entry in entries { try Self.littleEndian(entry.tensor().values).withUnsafeBytes(append) }
      let checksums = SafetensorsChecksums(
        header: SafetensorsChecksums.ofHeader(header, tensors: count), tensors: sums)
      let place = SafetensorsChecksums.place(in: header, tensors: count)!
      try output.overwrite(Data(checksums.text.utf8), at: 8 + place.lowerBound)
    }
  }

  #if _endian(little)
    private static func littleEndian(_ values: [Float]) -> [Float] { values }
  #else
    private static func littleEndian(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern.littleEndian) }
  #endif
}

extension SafetensorsFile {
  /// The same tensors, ready to be written.
  public var content: SafetensorsContent {
    var content = SafetensorsContent()
    content.entries = names.compactMap { name in
      self[name].map { tensor in SafetensorsContent.Entry(name: name, shape: tensor.shape) { tensor } }
    }
    content.integers = integers
    content.metadata = metadata
    return content
  }

  /// Writes the file atomically. The same content gives the same bytes.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(to url: URL) throws { try content.write(to: url) }
}

import Foundation

extension SafetensorsFile {
  /// Writes the file whole or not at all. The same content gives the same bytes.
  ///
  /// Integers are stored as I64 and come first, so that every tensor is aligned to its elements; floats as F32.
  public func write(to url: URL) throws {
    let counters = integers.sorted { $0.key < $1.key }
    let weights = names.compactMap { name in self[name].map { (name: name, tensor: $0) } }

    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value) }
      members.append("\"__metadata__\":{" + pairs.joined(separator: ",") + "}")
    }
    var offset = 0
    func describe(_ name: String, _ element: SafetensorsElement, _ shape: Shape) {
      let end = offset + shape.count * element.byteCount
      members.append(
        "\(JSONValue.quoted(name)):{\"dtype\":\"\(element.rawValue)\","
          + "\"shape\":[\(shape.extents.map(String.init).joined(separator: ","))],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    for (name, value) in counters { describe(name, .int64, value.shape) }
    for (name, tensor) in weights { describe(name, .float32, tensor.shape) }

    // The format lets spaces follow the header; they align the data to 8 bytes.
    var header = Data(("{" + members.joined(separator: ",") + "}").utf8)
    header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))

    try AtomicFile.write(to: url) { output in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian, output.append)
      try output.append(header)
      for (_, value) in counters { try value.values.map(\.littleEndian).withUnsafeBytes(output.append) }
      for (_, tensor) in weights { try Self.append(tensor.values, to: output) }
    }
  }

  private static func append(_ values: [Float], to output: AtomicFile.Output) throws {
    #if _endian(little)
      try values.withUnsafeBytes(output.append)
    #else
      try values.map(\.bitPattern.littleEndian).withUnsafeBytes(output.append)
    #endif
  }
}

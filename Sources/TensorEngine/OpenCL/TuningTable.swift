import Files
import Foundation

/// The fastest measured tilings of ops on one device, for its driver and these
/// kernels. Stored beside the compiled programs.
package struct TuningTable: Codable, Equatable, Sendable {
  /// An op with its attributes and the types of its inputs, as stored.
  struct Subject: Hashable {
    let op: String
    let inputs: [String]
  }

  /// The tiling of one op on inputs of given types.
  package struct Entry: Codable, Equatable, Sendable {
    /// The op with its attributes.
    package var op: String
    package var inputs: [String]
    /// nil if none was faster than the estimated one.
    package var tiling: Tiling?
    /// Seconds per run with this tiling, and with the estimated one.
    package var seconds: Double
    package var estimatedSeconds: Double

    package init(_ op: any Op, _ inputs: [TensorType], tiling: Tiling?, seconds: Double, estimatedSeconds: Double) {
      let subject = Subject(op, inputs)
      (self.op, self.inputs) = (subject.op, subject.inputs)
      self.tiling = tiling
      self.seconds = seconds
      self.estimatedSeconds = estimatedSeconds
    }

    var subject: Subject { Subject(op: op, inputs: inputs) }
  }

  /// The device, driver and kernels for which the measurements are valid.
  package private(set) var key: String
  package private(set) var entries: [Entry] = []
  /// The position of each subject's entry.
  private var places: [Subject: Int] = [:]

  private enum CodingKeys: CodingKey { case key, entries }

  init(key: String, _ entries: [Entry] = []) {
    self.key = key
    insert(entries)
  }

  /// The entry of an op; nil if it was never measured.
  package func entry(_ op: any Op, _ inputs: [TensorType]) -> Entry? { places[Subject(op, inputs)].map { entries[$0] } }

  /// Adds entries; replaces those of the same subjects.
  package mutating func insert(_ new: [Entry]) {
    for entry in new {
      if let place = places[entry.subject] {
        entries[place] = entry
      } else {
        places[entry.subject] = entries.count
        entries.append(entry)
      }
    }
  }
}

extension TuningTable.Subject {
  init(_ op: any Op, _ inputs: [TensorType]) {
    self.init(op: op.description, inputs: inputs.map(\.description))
  }
}

extension TuningTable {
  /// The key of a device's measurements: a new driver or another version of a kernel may invalidate them.
  static func key(of facts: DeviceFacts, _ precision: Precision, _ library: KernelLibrary) -> String {
    [
      facts.platform, facts.platformVersion, facts.name, facts.version, facts.driver, precision.rawValue,
      library.codeDigest,
    ]
    .joined(separator: "\n")
  }

  /// The file of the table of a key.
  static func url(of key: String, in folder: ProgramFolder) -> URL {
    URL(filePath: folder.file("tuning", key, ending: "json"))
  }

  /// The table stored for a key; an empty one if there is none or it is damaged.
  static func load(key: String, from folder: ProgramFolder) -> TuningTable {
    guard let data = try? DataFile.read(url(of: key, in: folder), atMost: 1 << 26, expected: "a table of timings"),
      let table = try? JSONDecoder().decode(TuningTable.self, from: data), table.key == key
    else { return TuningTable(key: key) }
    return TuningTable(key: key, table.entries)
  }

  /// Writes the table atomically.
  /// - Returns: the file.
  @discardableResult
  func store(in folder: ProgramFolder) throws -> URL {
    let url = Self.url(of: key, in: folder)
    folder.makeFolders()
    try AtomicFile.write(JSONEncoder.stable(isPretty: true).encode(self) + Data("\n".utf8), to: url)
    return url
  }
}

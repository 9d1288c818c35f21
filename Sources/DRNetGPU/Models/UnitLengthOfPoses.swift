import Files

/// Whether the poses that a file's networks give have unit length, which no tensor tells: `normalize` in the metadata.
enum UnitLengthOfPoses {
  private static let key = "normalize"

  static func metadata(_ isUnit: Bool) -> [String: String] { [key: isUnit ? "true" : "false"] }

  /// What the file says; nil if it says nothing.
  /// - Throws: `FileError` if it says something else than yes or no.
  static func stated(in file: SafetensorsFile) throws -> Bool? {
    switch file.metadata[key]?.lowercased() {
    case nil: nil
    case "true": true
    case "false": false
    case .some(let text):
      throw FileError(file, "'\(key)' in __metadata__ is '\(text)'; expected true or false")
    }
  }
}

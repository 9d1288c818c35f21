import Files
import Foundation

/// The data set's own `00sequences.txt`: which frames of each KTH video show an action.
///
/// The file has some text, then lines such as `person01_boxing_d1<tabs>frames<tabs>1-95, 96-185, 186-245, 246-360`,
/// counted from 1 and including the last frame; a missing video is marked `*missing*`.
struct KTHSequences {
  /// Frames of each video, counted from 0, by its name without the suffix.
  let ranges: [String: [Range<Int>]]

  /// Bytes; the real file has 36 thousand.
  private static let maxSize = 1 << 20

  /// - Throws: `FileError` if the file cannot be read, or a line that names a video is malformed.
  init(contentsOf url: URL) throws {
    let data = try DataFile.read(url, atMost: Self.maxSize, expected: "the index of KTH")
    try self.init(String(decoding: data, as: UTF8.self), from: url.relativePath)
  }

  init(_ text: String, from path: String) throws {
    var ranges: [String: [Range<Int>]] = [:]
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," })
      guard let name = words.first, KTHVideo(String(name)) != nil else { continue }
      func fault(_ what: String) -> FileError {
        FileError("\(path): line \(number + 1): \(what); expected '\(name) frames 1-95, 96-185'")
      }
      if words.contains(where: { $0.contains("missing") }) {
        ranges[String(name)] = []
        continue
      }
      guard words.count >= 3, words[1] == "frames" else { throw fault("no frames") }
      ranges[String(name)] = try words.dropFirst(2).map { word in
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard word.count(where: { $0 == "-" }) == 1, ends.count == 2, ends[0] >= 1, ends[1] >= ends[0],
          ends[1] <= 1_000_000
        else { throw fault("'\(word.prefix(40))'") }
        return ends[0] - 1..<ends[1]
      }
    }
    guard !ranges.isEmpty else {
      throw FileError("\(path): no line names a video of KTH; use the data set's own file")
    }
    self.ranges = ranges
  }
}

/// The properties in the name of a KTH video, such as `person15_walking_d1`.
struct KTHVideo: Hashable, Sendable {
  /// 1 to 25.
  let person: Int
  let action: String
  /// 1 to 4.
  let scenario: Int

  static let actions = ["boxing", "handclapping", "handwaving", "jogging", "running", "walking"]

  init?(_ name: String) {
    guard let match = name.wholeMatch(of: #/person([0-9]{2})_([a-z]+)_d([1-4])/#), let person = Int(match.1),
      (1...25).contains(person), let scenario = Int(match.3), Self.actions.contains(String(match.2))
    else { return nil }
    self.person = person
    action = String(match.2)
    self.scenario = scenario
  }
}

import Files
import Foundation
import TensorEngine

/// The file of a trained judge: its parameters, under their names, and its description in the metadata.
enum JudgeFile {
  private static let key = "judge"
  private static let remedy = "name another file with --judge; if this was a judge, remove it to train one anew"

  /// Writes a judge, whole or not at all.
  /// - Throws: `FileError` if the file cannot be written; `DeviceError` if the device fails.
  static func write(
    _ judge: Judge, _ description: JudgeDescription, from backend: any Backend, to url: URL
  ) throws {
    var file = try judge.weights(from: backend)
    file.metadata[key] = String(decoding: try JSONEncoder.stable().encode(description), as: UTF8.self)
    try file.write(to: url)
  }

  /// Reads a file.
  /// - Throws: `FileError` if it cannot be read, is damaged, or holds no judge.
  static func read(_ url: URL) throws -> (file: SafetensorsFile, description: JudgeDescription) {
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile.read(url)
    } catch let error as FileError where error.code == nil {
      throw FileError("\(error); \(remedy)")
    }
    let text = file.metadata[key].map { Data($0.utf8) }
    guard let description = text.flatMap({ try? JSONDecoder().decode(JudgeDescription.self, from: $0) }),
      description.isSensible
    else { throw FileError(url, "this file holds no judge; \(remedy)") }
    return (file, description)
  }

  /// Checks that a judge was trained on the clips that it is to judge.
  /// - Throws: `FileError` that says in what they differ.
  static func check(_ found: JudgeDescription, against expected: JudgeDescription, of url: URL) throws {
    func require(_ what: String, _ found: String, _ expected: String) throws {
      guard found != expected else { return }
      throw FileError(url, "this judge was trained on \(what) \(found), expected \(expected); \(remedy)")
    }
    func frames(_ judge: JudgeDescription) -> String { "\(judge.imageSize) px in \(judge.channels) channels" }
    try require("frames of", frames(found), frames(expected))
    try require("other clips,", found.clips, expected.clips)
    for known in found.classes {
      let same = expected.classes.first { $0.name == known.name }
      try require(
        "the class \(known.name) of", known.values.joined(separator: ", "),
        same?.values.joined(separator: ", ") ?? "no such class")
    }
  }

  /// The judge of a file.
  /// - Throws: `FileError` if a tensor is missing, has the wrong shape or is not finite; `AllocationError` if memory runs
  ///   out; `DeviceError` if the device fails.
  static func judge(_ file: SafetensorsFile, _ description: JudgeDescription, on backend: any Backend) throws -> Judge {
    let judge = try Judge(description.sizes, on: backend)
    try judge.load(file, on: backend)
    return judge
  }
}

extension JudgeDescription {
  fileprivate var sizes: Judge.Sizes {
    Judge.Sizes(imageSize: imageSize, channels: channels, width: width, classes: classes.map(\.values.count))
  }

  /// Whether a judge can have these sizes; files may hold anything.
  fileprivate var isSensible: Bool {
    (1...1000).contains(frames) && DRNet.imageSizes.contains(imageSize) && [1, 3].contains(channels)
      && (1...1024).contains(width) && !classes.isEmpty && accuracies.count == classes.count
      && classes.allSatisfy { (2...1 << 16).contains($0.values.count) }
      && Set(classes.map(\.name)).count == classes.count
  }
}

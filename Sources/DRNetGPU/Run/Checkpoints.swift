import Files
import Foundation

/// The last checkpoints of one model of a run: `checkpoints/step-00001234.safetensors` and the like.
public struct Checkpoints: Sendable {
  /// Which of the two models; the raw value begins the names of its files.
  public enum Kind: String, Sendable {
    case model = "step"
    case pose
  }

  /// A checkpoint that is there, whole or not.
  public struct Entry: Equatable, Sendable {
    public let step: Int
    public let url: URL
  }

  /// A checkpoint that was read.
  public struct Found: Sendable {
    public let step: Int
    public let url: URL
    public let file: SafetensorsFile
    /// Why newer ones were skipped, newest first: lines to show.
    public let skipped: [String]
  }

  public let folder: URL
  public let kind: Kind
  /// How many to keep.
  public let keep: Int

  public init(in run: RunFolder, _ kind: Kind, keep: Int) {
    precondition(keep > 0, "keep \(keep)")
    folder = run.checkpoints
    self.kind = kind
    self.keep = keep
  }

  /// Where the checkpoint of a step is stored.
  public func url(step: Int) -> URL {
    let digits = String(step)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
    return folder.appending(path: "\(kind.rawValue)-\(zeros)\(digits).safetensors")
  }

  /// Writes the checkpoint of a step, whole or not at all, then removes those that are too old.
  ///
  /// Checkpoints of later steps, which a resumed run skipped, do not count among those kept.
  @discardableResult
  public func save(_ content: SafetensorsContent, step: Int) throws -> URL {
    let url = url(step: step)
    try content.write(to: url)
    for old in try list().filter({ $0.step <= step }).dropLast(keep) { unlink(old.url.path) }
    try removeTemporaries()
    return url
  }

  /// All checkpoints there are, by step, oldest first.
  public func list() throws -> [Entry] {
    try names().compactMap { name in
      guard name.hasPrefix(kind.rawValue + "-"), name.hasSuffix(".safetensors") else { return nil }
      let digits = name.dropFirst(kind.rawValue.count + 1).dropLast(".safetensors".count)
      guard digits.allSatisfy(\.isNumber), let step = Int(digits) else { return nil }
      return Entry(step: step, url: folder.appending(path: name))
    }.sorted { $0.step < $1.step }
  }

  /// The newest checkpoint that can be read and that `accept` does not throw at; nil where there is none at all.
  ///
  /// A torn or foreign file is skipped for the one before it and reported in `skipped`.
  /// - Throws: `FileError` where there are checkpoints and none is usable.
  public func newest(accept: (SafetensorsFile) throws -> Void = { _ in }) throws -> Found? {
    var skipped: [String] = []
    for entry in try list().reversed() {
      do {
        let file = try SafetensorsFile.read(entry.url)
        try accept(file)
        return Found(step: entry.step, url: entry.url, file: file, skipped: skipped)
      } catch {
        skipped.append("\(error)")
      }
    }
    guard let newest = skipped.first else { return nil }
    throw FileError(folder, "none of \(skipped.count) checkpoints is usable; the newest: \(newest)")
  }

  /// Removes what a killed process left behind while it wrote a checkpoint of this kind.
  private func removeTemporaries() throws {
    for name in try names() where name.hasPrefix(".\(kind.rawValue)-") && name.hasSuffix(".temporary") {
      unlink(folder.appending(path: name).path)
    }
  }

  private func names() throws -> [String] {
    guard access(folder.path, F_OK) == 0 else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw FileError(folder, "cannot read this folder; change its permissions")
    }
  }
}

import Files
import Foundation

/// The latest checkpoints of one model of a run, such as `checkpoints/step-00001234.safetensors`.
public struct Checkpoints: Sendable {
  /// The two models of a run; the names of a model's checkpoints begin with the raw value.
  public enum Kind: String, CaseIterable, Sendable {
    /// The main model.
    case model = "step"
    /// The pose LSTM.
    case pose

    /// The step of the checkpoint called `name`; nil if it is none of this model.
    fileprivate func step(of name: String) -> Int? {
      guard name.hasPrefix(rawValue + "-"), name.hasSuffix(".safetensors") else { return nil }
      let digits = name.dropFirst(rawValue.count + 1).dropLast(".safetensors".count)
      return digits.allSatisfy(\.isNumber) ? Int(digits) : nil
    }

    fileprivate func isTemporary(_ name: String) -> Bool { Temporary.isName(name, for: "\(rawValue)-") }
  }

  /// An existing checkpoint, which may be damaged.
  public struct Entry: Equatable, Sendable {
    /// Steps done.
    public let step: Int
    /// Its file.
    public let url: URL
  }

  /// A checkpoint that was read.
  public struct Found: Sendable {
    /// Steps done.
    public let step: Int
    /// Its file.
    public let url: URL
    /// Its tensors.
    public let file: SafetensorsFile
    /// Why newer ones were skipped, newest first, in one line each for the user.
    public let skipped: [String]
  }

  /// The folder of the checkpoints.
  public let folder: URL
  /// Which of the two models.
  public let kind: Kind
  /// How many to keep.
  public let keep: Int

  /// The checkpoints of a model in a run, of which the last `keep` are kept.
  public init(in run: RunFolder, _ kind: Kind, keep: Int) {
    precondition(keep > 0, "keep \(keep)")
    folder = run.checkpoints
    self.kind = kind
    self.keep = keep
  }

  /// The file of the checkpoint of a step.
  public func url(step: Int) -> URL {
    let digits = String(step)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
    return folder.appending(path: "\(kind.rawValue)-\(zeros)\(digits).safetensors")
  }

  /// Writes the checkpoint of a step atomically, then removes the oldest beyond the number to keep.
  ///
  /// Checkpoints of later steps, which a resumed run skipped, do not count among those kept.
  /// - Returns: the file.
  /// - Throws: `FileError` if the file cannot be written, `DeviceError` if a tensor is on a device that fails; what the
  ///   content's tensors throw.
  @discardableResult
  public func save(_ content: SafetensorsContent, step: Int) throws -> URL {
    let url = url(step: step)
    try makeOwnFolder(folder)
    try content.write(to: url)
    try removeOldest(upTo: step)
    return url
  }

  /// Removes the oldest checkpoints beyond the number to keep, and temporary files of killed processes.
  ///
  /// A process that is killed or fails just after it wrote a checkpoint leaves both; a training that resumes removes them,
  /// even if it has nothing to do.
  /// - Parameter step: later checkpoints do not count among those kept.
  /// - Throws: `FileError` if the folder cannot be read.
  public func removeOldest(upTo step: Int) throws {
    for old in try list().filter({ $0.step <= step }).dropLast(keep) { unlink(old.url.path) }
    try removeTemporaries()
  }

  /// All existing checkpoints by step, oldest first.
  /// - Throws: `FileError` if the folder cannot be read.
  public func list() throws -> [Entry] {
    try names().compactMap { name in
      kind.step(of: name).map { Entry(step: $0, url: folder.appending(path: name)) }
    }.sorted { $0.step < $1.step }
  }

  /// Whether `name` is that of a file that drnet writes into the folder, or a temporary one for it.
  static func isOwn(_ name: String) -> Bool {
    Kind.allCases.contains { $0.step(of: name) != nil || $0.isTemporary(name) }
  }

  /// The newest checkpoint that can be read and for which `accept` does not throw; nil if there is none at all.
  ///
  /// Damaged or foreign files are skipped and reported in `skipped`, and files that are gone meanwhile without a word.
  /// - Throws: `FileError` if there are checkpoints and none is usable, or the system cannot read one: it may be whole.
  public func newest(accept: (SafetensorsFile) throws -> Void = { _ in }) throws -> Found? {
    var skipped: [String] = []
    for entry in try list().reversed() {
      do {
        let file = try SafetensorsFile.read(entry.url)
        try accept(file)
        return Found(step: entry.step, url: entry.url, file: file, skipped: skipped)
      } catch let error as FileError where error.code == ENOENT {
        continue
      } catch let error as FileError where error.code != nil {
        throw error
      } catch {
        skipped.append("\(error)")
      }
    }
    guard let newest = skipped.first else { return nil }
    throw FileError(folder, "none of \(skipped.count) checkpoints is usable; the newest: \(newest)")
  }

  /// Removes temporary files of a process that was killed while it wrote a checkpoint of this kind.
  private func removeTemporaries() throws {
    for name in try names() where kind.isTemporary(name) {
      unlink(folder.appending(path: name).path)
    }
  }

  private func names() throws -> [String] {
    access(folder.path, F_OK) == 0 ? try DataFile.names(in: folder) : []
  }
}

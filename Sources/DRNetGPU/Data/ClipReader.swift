import Files
import TensorEngine

/// A data set in its original files, which are read one after the other; several may be read at once.
package protocol ClipReader: Sendable {
  /// Height and width of the frames in pixels.
  var imageSize: Int { get }
  /// Colour channels of a frame: 1 or 3.
  var channels: Int { get }
  /// What is known of a clip as a whole; empty if nothing is.
  var classes: [ClipClass] { get }
  /// What is known to change within a clip; empty if nothing is.
  var factors: [ClipFactor] { get }
  /// The settings that decide what the clips are, beyond those above; a preparation resumes only with the same.
  var settingsText: String? { get }
  /// Names of what is read one after the other, such as videos, all of them different.
  var sources: [String] { get }

  /// Reads a source and passes its clips on, in order.
  func read(_ source: Int, _ pass: (ClipReading) throws -> Void) throws

  /// Decides the splits of clips that do not say theirs, once all clips are known.
  /// - Parameter groups: the groups of these clips, which are not to be divided.
  /// - Throws: `FileError` if nothing can be held out.
  func splits(of groups: Set<String>) throws -> [String: Split]
}

/// What is read of a source.
package enum ClipReading: Sendable {
  case clip(PreparedClip)
  /// A clip or source that cannot be used, and why.
  case broken(name: String, FileError)
  /// Something that the user should know about clips that are used.
  case remark(String)
}

extension ClipReader {
  package var settingsText: String? { nil }

  package func splits(of groups: Set<String>) throws -> [String: Split] {
    precondition(groups.isEmpty, "the clips say their splits")
    return [:]
  }

  /// Reads the sources from `first` on, several at once, and calls `body` with what is read, in order. Memory holds only
  /// a few clips at a time.
  /// - Throws: what `body` throws, and errors other than those of broken clips.
  package func readClips(
    from first: Int = 0, threads: Int = 2, _ body: (_ source: Int, ClipReading) throws -> Void
  ) throws {
    guard first < sources.count else { return }
    try forEachInOrder(of: first..<sources.count, threads: threads, produce: { try read($0, $1) }, body)
  }
}

/// A data set whose clips are known before they are read: each is a source.
package protocol IndexedClipReader: ClipReader {
  /// Number of clips, including broken ones.
  var count: Int { get }
  /// Name of a clip.
  func name(at index: Int) -> String
  /// Reads a clip.
  /// - Throws: `FileError` if the clip is broken.
  func clip(at index: Int) throws -> PreparedClip
}

extension IndexedClipReader {
  package var sources: [String] { (0..<count).map(name) }

  package func read(_ source: Int, _ pass: (ClipReading) throws -> Void) throws {
    let reading: ClipReading
    do {
      reading = .clip(try clip(at: source))
    } catch let error as FileError {
      reading = .broken(name: name(at: source), error)
    }
    try pass(reading)
  }
}

import Files
import TensorEngine

/// A data set in its original files, read one clip at a time; clips may be read on several threads at once.
package protocol ClipReader: Sendable {
  /// Height and width of the frames in pixels.
  var imageSize: Int { get }
  /// Colour channels of a frame: 1 or 3.
  var channels: Int { get }
  /// Names of the classes in the order of their labels; empty if the data have none.
  var classNames: [String] { get }
  /// The factor that changes within a clip, such as position or azimuth; nil if it is unknown.
  var factorName: String? { get }
  /// Number of clips, including broken ones.
  var count: Int { get }

  /// Name of a clip.
  func name(at index: Int) -> String
  /// Reads a clip.
  /// - Throws: `FileError` if the clip is broken.
  func clip(at index: Int) throws -> PreparedClip
}

extension ClipReader {
  /// Reads the clips from `first` on, several at once, and calls `body` with each in order: the clip, or its error.
  /// Memory holds only a few clips at a time.
  /// - Throws: what `body` throws, and errors other than `FileError` from reading.
  package func readClips(
    from first: Int = 0, threads: Int = 2, _ body: (Int, Result<PreparedClip, FileError>) throws -> Void
  ) throws {
    guard first < count else { return }
    try parallelMap(
      first..<count, depth: 2 * threads, threads: threads,
      { index throws -> Result<PreparedClip, FileError> in
        do { return .success(try clip(at: index)) } catch let error as FileError { return .failure(error) }
      }, forEachInOrder: body)
  }
}

/// A data set in its own files, read one clip at a time; clips may be read on several threads at once.
public protocol ClipReader: Sendable {
  /// Height and width of the frames in pixels.
  var imageSize: Int { get }
  /// Colour channels of a frame: 1 or 3.
  var channels: Int { get }
  /// Names of the classes in the order of their labels; empty where the data have none.
  var classNames: [String] { get }
  /// What is known about each frame.
  var factorNames: [String] { get }
  /// Number of clips, broken ones among them.
  var count: Int { get }

  /// Name of a clip.
  func name(at index: Int) -> String
  /// Reads a clip.
  /// - Throws: `DataError` saying what is wrong with a broken one.
  func clip(at index: Int) throws -> PreparedClip
}

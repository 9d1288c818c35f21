import Files
import Foundation

/// Which clips a data set is asked for; `DataSet.open` says what fits which set.
public struct ClipRequest: Sendable {
  /// `--data-root`: folder or file of the data.
  public var root: URL?
  /// `--objects`: objects in a clip of a set that moves them; 1 elsewhere.
  public var objects = 1
  /// `--grey`: frames of one channel, whatever the data hold. Otherwise a set is grey where all of it is.
  public var isGrey = false
  /// `--image-size`: height and width of the frames in pixels, 64 or 128.
  public var imageSize = 64
  /// `--max-step`: every clip must hold one frame more.
  public var maxStep: Int

  public init(
    root: URL? = nil, objects: Int = 1, isGrey: Bool = false, imageSize: Int = 64, maxStep: Int = 20
  ) {
    self.root = root
    self.objects = objects
    self.isGrey = isGrey
    self.imageSize = imageSize
    self.maxStep = maxStep
  }

  /// - Throws: `SettingError` if frames of this size are not made.
  func requireImageSize() throws {
    guard DRNet.imageSizes.contains(imageSize) else {
      throw SettingError("image-size", imageSize, expected: "64 or 128")
    }
  }
}

import Files
import Foundation

/// The options for opening a data set; `DataSet.open(_:)` tells which sets take which.
public struct ClipRequest: Sendable {
  /// `--data-root`: folder or file of the data.
  public var root: URL?
  /// `--objects`: objects in a clip of moving objects; 1 for other data sets.
  public var objects = 1
  /// `--grey`: whether to convert frames to one channel; if not, a data set is grey only if all its frames are.
  public var isGrey = false
  /// `--image-size`: height and width of the frames in pixels, 64 or 128.
  public var imageSize = 64
  /// `--max-step`: the largest distance in frames of two frames of a clip; every clip must have one frame more.
  public var maxStep: Int
  /// `--scene`: what frames of a step are drawn from.
  public var scene = SceneExtent.clip

  /// Options with their values, which the properties explain.
  public init(
    root: URL? = nil, objects: Int = 1, isGrey: Bool = false, imageSize: Int = 64, maxStep: Int = 20,
    scene: SceneExtent = .clip
  ) {
    self.root = root
    self.objects = objects
    self.isGrey = isGrey
    self.imageSize = imageSize
    self.maxStep = maxStep
    self.scene = scene
  }

  /// - Throws: `SettingError` if this image size is not supported.
  func requireImageSize() throws {
    guard DRNet.imageSizes.contains(imageSize) else {
      throw SettingError("image-size", imageSize, expected: "64 or 128")
    }
  }
}

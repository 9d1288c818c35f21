import Files
import Foundation

/// The weights that a training begins with.
extension RunConfiguration {
  /// The settings that follow from the networks in a file.
  private static let ofNetworks = [
    "image-size", "content-encoder", "pose-encoder", "decoder", "content-head", "pose-head", "width", "content-dim",
    "pose-dim", "normalize",
  ]

  /// Reads the file that `init` names, and takes over networks and sizes of the weights in it.
  /// - Parameter given: the settings that the user asked for, which the weights must fit; the others give way.
  /// - Returns: the weights; nil if `init` names no file.
  /// - Throws: `FileError` if the file cannot be read or is no model; `SettingError` if it does not fit.
  public mutating func takeInitialWeights(given: [String]) throws -> SafetensorsFile? {
    guard let path = self.`init` else { return nil }
    let file = try SafetensorsFile.read(URL(filePath: path))
    let asked = self
    let sizes = try DRNet.Sizes(of: file, normalise: UnitLengthOfPoses.stated(in: file) ?? normalize)
    imageSize = sizes.imageSize
    channels = sizes.channels
    (contentEncoder, poseEncoder, decoder) = (sizes.contentEncoder, sizes.poseEncoder, sizes.decoder)
    (contentHead, poseHead) = (sizes.contentHead, sizes.poseHead)
    (width, contentDim, poseDim, normalize) = (sizes.width, sizes.contentDim, sizes.poseDim, sizes.normalise)
    for flag in Self.ofNetworks where given.contains(flag) {
      guard let setting = Self.setting(flag), setting.text(in: self) != setting.text(in: asked) else { continue }
      throw SettingError(
        flag, setting.text(in: asked), "the weights of --init have \(setting.text(in: self)); omit it, or give that")
    }
    try validate()
    return file
  }
}

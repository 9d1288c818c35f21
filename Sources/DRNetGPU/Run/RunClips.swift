import Files
import Foundation

/// The clips that a run is trained and evaluated on.
extension RunConfiguration {
  /// The data set called `data`.
  /// - Throws: `SettingError` if there is no data set of that name.
  public func dataSet() throws -> DataSet {
    guard let set = DataSet(rawValue: data) else {
      throw SettingError("data", data, expected: DataSet.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return set
  }

  /// The options for opening the run's data set.
  public var clipRequest: ClipRequest {
    ClipRequest(
      root: dataRoot.map { URL(filePath: $0) }, objects: objects, isGrey: grey ?? false, imageSize: imageSize,
      maxStep: maxStep, scene: scene ?? .clip)
  }

  /// Opens the clips.
  ///
  /// - Parameter maxStep: frames that each clip must have after its first; nil to open them for the training, which may
  ///   draw the frames of a step from more than one clip, see `SceneExtent`.
  /// - Throws: `SettingError` if there is no such data set or the settings do not fit it; `FileError` if it cannot be
  ///   read.
  public func openClips(maxStep: Int? = nil) throws -> any ClipSource {
    var request = clipRequest
    if let maxStep { (request.maxStep, request.scene) = (maxStep, .clip) }
    return try dataSet().open(request)
  }

  /// Checks that the clips still have as many colour channels as those that the model was trained on.
  /// - Throws: `FileError` if they do not.
  public func requireChannels(of clips: any ClipSource) throws {
    guard clips.channels == channels else {
      throw FileError(
        "\(dataRoot ?? data): these clips have \(clips.channels) colour channels, the model was trained on \(channels); "
          + "use the clips of the training")
    }
  }
}

extension RunFolder {
  /// Opens the clips of this run, as `RunConfiguration.openClips`.
  /// - Throws: `FileError` if they cannot be read, or the run's settings do not fit them.
  package func openClips(of configuration: RunConfiguration, maxStep: Int? = nil) throws -> any ClipSource {
    do {
      return try configuration.openClips(maxStep: maxStep)
    } catch let error as SettingError {
      throw FileError(configurationFile, "\(error)")
    } catch let error as FileError where configuration.dataRoot != nil {
      throw FileError("\(error) (dataRoot in \(configurationFile.relativePath))")
    }
  }
}

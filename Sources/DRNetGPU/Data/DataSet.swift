import Files
import Foundation

/// The data sets of `--data`.
public enum DataSet: String, CaseIterable, Sendable {
  /// Moving shapes that the program draws: `EmbeddedSprites`.
  case embedded
  /// Moving Fashion-MNIST images: `IDXSprites`.
  case fashion
  /// Moving MNIST digits, or other images in IDX files: `IDXSprites`.
  case mnist
  /// Moving MNIST as prediction is measured on, with its published held-out clips: `MovingMNIST`.
  case movingMNIST = "moving-mnist"
  /// Folders of PNG frames: `FrameFolders`.
  case frames
  /// A file of prepared clips: `ClipsFile`.
  case clips

  /// Opens the data set. `mnist`, `frames` and `clips` need a root; `embedded` takes none.
  /// - Throws: `SettingError` if the request does not fit the data set; `FileError` if its files cannot be used.
  public func open(_ request: ClipRequest) throws -> any ClipSource {
    guard self == .clips || request.scene == .clip else {
      throw SettingError(
        "scene", request.scene.rawValue, expected: "clip; prepared clips have folders, --data \(rawValue) has none")
    }
    switch self {
    case .frames:
      try requireWholeClips(request)
      return try FrameFolders(
        root: required(request.root, "a folder of folders of PNG frames"), minimumFrames: request.maxStep + 1,
        imageSize: request.imageSize, isGrey: request.isGrey)
    case .clips:
      try requireWholeClips(request)
      let url = try required(request.root, "a file that drnet prepare has written")
      func clips(of frames: Int) throws -> ClipsFile {
        try ClipsFile(contentsOf: url, minimumFrames: frames, imageSize: request.imageSize, isGrey: request.isGrey)
      }
      switch request.scene {
      case .clip: return try clips(of: request.maxStep + 1)
      case .folder: return try FolderScenes(clips(of: 1), of: url, minimumFrames: request.maxStep + 1)
      }
    case .embedded, .fashion, .mnist, .movingMNIST: return try openWithFactors(request)
    }
  }

  /// Opens a data set of moving objects, whose factors are known, for evaluation.
  /// - Throws: `SettingError` for `frames` and `clips`, whose factors are not known, and what `open` throws.
  public func openWithFactors(_ request: ClipRequest) throws -> any FactorSource {
    try request.requireImageSize()
    let spriteSize = request.imageSize / 2
    func digits(_ name: String, _ root: URL) throws -> MovingObjects {
      try MovingObjects(
        IDXSprites(name: name, root: root, spriteSize: spriteSize, isGrey: request.isGrey), objects: request.objects)
    }
    switch self {
    case .embedded:
      guard request.root == nil else { throw SettingError("data-root", "--data embedded needs no files") }
      return try MovingObjects(
        EmbeddedSprites(spriteSize: spriteSize, isGrey: request.isGrey), objects: request.objects)
    case .fashion:
      return try digits("Fashion-MNIST", request.root ?? IDXSprites.debianFolder)
    case .mnist:
      let root = try required(request.root, "a folder of IDX files, or one IDX image file")
      return try digits(root.lastPathComponent, root)
    case .movingMNIST:
      return try MovingMNIST(
        root: required(request.root, "a folder of the IDX files of MNIST"), objects: request.objects,
        imageSize: request.imageSize)
    case .frames, .clips:
      throw SettingError(
        "data", rawValue, "classes and positions are not known for all of its clips; expected a set of moving objects")
    }
  }

  private func requireWholeClips(_ request: ClipRequest) throws {
    try request.requireImageSize()
    guard request.objects == 1 else {
      throw SettingError("objects", request.objects, "--data \(rawValue) takes clips as they are")
    }
  }

  private func required(_ root: URL?, _ what: String) throws -> URL {
    guard let root else { throw SettingError("data", rawValue, "name \(what) with --data-root") }
    return root
  }
}

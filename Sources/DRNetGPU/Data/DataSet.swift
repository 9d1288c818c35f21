import Foundation

/// The data sets that `--data` names.
public enum DataSet: String, CaseIterable, Sendable {
  case embedded
  case fashion
  case mnist
  case frames

  /// Opens the data set.
  /// - Parameters:
  ///   - root: `--data-root`; `mnist` and `frames` need one, `embedded` takes none.
  ///   - objects: `--objects`, for the moving ones.
  ///   - maxStep: `--max-step`: every clip must hold one frame more.
  /// - Throws: `DataError` in one line.
  public func open(root: URL?, objects: Int, maxStep: Int) throws -> any ClipSource {
    switch self {
    case .frames:
      guard objects == 1 else { throw DataError("--objects \(objects): --data frames takes clips as they are") }
      return try FrameFolders(root: required(root, "a folder of folders of PNG frames"), minimumFrames: maxStep + 1)
    case .embedded, .fashion, .mnist: return try openWithFactors(root: root, objects: objects)
    }
  }

  /// Opens a data set whose factors are known, for evaluation.
  /// - Throws: `DataError` for `frames`, whose factors nobody knows, and where `open` would.
  public func openWithFactors(root: URL?, objects: Int) throws -> any FactorSource {
    switch self {
    case .embedded:
      guard root == nil else { throw DataError("--data-root: --data embedded needs no files") }
      return try MovingObjects(EmbeddedSprites(), objects: objects)
    case .fashion:
      return try MovingObjects(
        IDXSprites(name: "Fashion-MNIST", root: root ?? IDXSprites.debianFolder), objects: objects)
    case .mnist:
      let root = try required(root, "a folder of IDX files, or one IDX image file")
      return try MovingObjects(IDXSprites(name: root.lastPathComponent, root: root), objects: objects)
    case .frames:
      throw DataError(
        "--data frames: classes and positions of own clips are not known; expected a set of moving objects")
    }
  }

  private func required(_ root: URL?, _ what: String) throws -> URL {
    guard let root else { throw DataError("--data \(rawValue): name \(what) with --data-root") }
    return root
  }
}

import Files
import Foundation

/// A new run in the place of an old one, or the same run with another pose LSTM.
///
/// The new run is made in a folder beside the old one, and the two folders change places in one operation of the file
/// system, so that the old run is there whole or the new one, at every crash. The old run is kept aside until `commit`,
/// so that a training which fails before its first checkpoint can bring it back.
package final class RunReplacement {
  /// The new run, in the place of the old one.
  package let run: RunFolder
  /// Of the new run.
  package let lock: RunLock
  private let aside: URL
  /// So that no other process takes the old run for what a killed one left.
  private let oldLock: RunLock

  /// - Parameters:
  ///   - url: the folder of the old run, or a link to it.
  ///   - oldLock: the lock of the old run.
  ///   - make: makes the new run in an empty folder, and locks it.
  /// - Throws: `FileError` if the new run cannot be written, or not be put in the place of the old one; then the old one
  ///   is as it was.
  package init(of url: URL, locked oldLock: RunLock, making make: (URL) throws -> RunLock) throws {
    self.oldLock = oldLock
    let place = url.resolvingSymlinksInPath()
    let current = URL(filePath: FileManager.default.currentDirectoryPath).resolvingSymlinksInPath().pathComponents
    guard !current.starts(with: place.pathComponents) else {
      throw FileError(url, "the current folder is within this one, which is to be replaced; start from another folder")
    }
    aside = try Self.makeFolder(beside: place)
    do {
      var status = stat()
      if stat(place.path, &status) == 0 { chmod(aside.path, status.st_mode & 0o7777) }
      lock = try make(aside)
      try exchangeFolders(aside, place)
    } catch {
      try? FileManager.default.removeItem(at: aside)
      throw error
    }
    run = RunFolder(url: url)
  }

  /// Removes the old run; files of other names in its folders move into the new run's.
  /// - Throws: `FileError` if something cannot be moved.
  package func commit() throws { try RunRemoval(of: aside, movingTo: run)() }

  /// Puts the old run back in its place, and removes the new one; files of other names move into the old run's.
  /// - Throws: `FileError` if the folders cannot change places, or something cannot be moved.
  package func restore() throws {
    try exchangeFolders(aside, run.url.resolvingSymlinksInPath())
    try RunRemoval(of: aside, movingTo: run)()
  }

  /// Ends the replacements of the run at `url` whose processes were killed: the old run comes back if the new one has no
  /// checkpoint, as if the training had failed; otherwise what is left of the old one is removed.
  /// - Parameters:
  ///   - url: the folder of the run, or a link to it.
  ///   - lock: of the run that is there.
  ///   - report: called with a line for the user if an old run comes back, or something of it cannot be moved.
  /// - Returns: the lock of the run that is there now.
  /// - Throws: `FileError` if folders cannot be read or change places.
  package static func recover(_ url: URL, locked lock: RunLock, report: (String) -> Void) throws -> RunLock {
    let place = url.resolvingSymlinksInPath()
    var lock = lock
    for name in try DataFile.names(in: place.deletingLastPathComponent()) where name.hasPrefix(prefix(of: place)) {
      let aside = place.deletingLastPathComponent().appending(path: name)
      // A link, or another user's folder, is not what drnet left.
      var status = stat()
      guard lstat(aside.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
        continue
      }
      // If another process holds the lock, it is at work on it.
      guard var asideLock = try? RunLock(aside) else { continue }
      if try hasNothing(RunFolder(url: place), inPlaceOf: RunFolder(url: aside)) {
        try exchangeFolders(aside, place)
        swap(&lock, &asideLock)
        report(
          "\(url.relativePath): a new training was killed before its first checkpoint; what it was to replace is back")
      }
      do {
        try withExtendedLifetime(asideLock) { try RunRemoval(of: aside, movingTo: RunFolder(url: place))() }
      } catch {
        report("warning: \(error)")
      }
    }
    return lock
  }

  /// Whether `new`, which was to replace `old`, has no checkpoint of the model that was trained anew.
  private static func hasNothing(_ new: RunFolder, inPlaceOf old: RunFolder) throws -> Bool {
    func newest(_ kind: Checkpoints.Kind, of run: RunFolder) throws -> URL? {
      try Checkpoints(in: run, kind, keep: 1).list().last?.url
    }
    guard let oldModel = try newest(.model, of: old) else { return false }
    guard let newModel = try newest(.model, of: new) else { return true }
    // With the same model, only the pose LSTM was.
    return try newest(.pose, of: old) != nil && newest(.pose, of: new) == nil
      && oldModel.lastPathComponent == newModel.lastPathComponent
      && FileManager.default.contentsEqual(atPath: oldModel.path, andPath: newModel.path)
  }

  private static func prefix(of place: URL) -> String { ".\(place.lastPathComponent).replaced-" }

  private static func makeFolder(beside place: URL) throws -> URL {
    let above = place.deletingLastPathComponent()
    let (folder, result) = createUnguessable(in: above, prefix(of: place)) { mkdir($0, 0o777) }
    guard result == 0 else { throw FileError(above, cannot: "write", errno: errno) }
    return folder
  }
}

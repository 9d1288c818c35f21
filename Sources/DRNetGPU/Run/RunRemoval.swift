import Files
import Foundation

/// Removes what drnet has written into the folder of a run, and moves what a user keeps there to another run.
///
/// Nothing is removed by whole folders: what cannot be moved, such as a mounted file system, stays where it is.
struct RunRemoval {
  private let old: RunFolder
  private let run: RunFolder

  /// - Parameters:
  ///   - old: the folder to remove.
  ///   - run: the run that stays.
  init(of old: URL, movingTo run: RunFolder) { (self.old, self.run) = (RunFolder(url: old), run) }

  /// Removes the folder.
  /// - Throws: `FileError` if it cannot be read, or a user's file in it cannot be moved.
  func callAsFunction() throws {
    try clear(old.checkpoints, to: run.checkpoints, isOwn: Checkpoints.isOwn)
    try clear(old.images, to: run.images, isOwn: RunFolder.isOwnImage)
    try clear(old.url, to: run.url, isOwn: run.isOwn)
    guard access(old.url.path, F_OK) != 0 else {
      throw FileError(
        old.url, "something in here cannot be moved to \(run.url.relativePath); move it, then remove this folder")
    }
  }

  private func clear(_ folder: URL, to target: URL, isOwn: (String) -> Bool) throws {
    guard !DataFile.isLink(folder), isFolder(folder) else { return }
    for name in try DataFile.names(in: folder) {
      let url = folder.appending(path: name)
      if isOwn(name) {
        // A folder only if it is empty.
        if unlink(url.path) != 0 { rmdir(url.path) }
      } else if !DataFile.isLink(target) {
        try move(url, to: target.appending(path: name))
      }
    }
    rmdir(folder.path)
  }

  /// Folders of one name become one; of two files of one name the old one is called `NAME.old`.
  private func move(_ url: URL, to target: URL) throws {
    if !DataFile.isThere(target) {
      rename(url.path, target.path)
    } else if isFolder(url), isFolder(target), !DataFile.isLink(url), !DataFile.isLink(target) {
      for name in try DataFile.names(in: url) { try move(url.appending(path: name), to: target.appending(path: name)) }
      rmdir(url.path)
    } else {
      try move(url, to: target.appendingPathExtension("old"))
    }
  }

  private func isFolder(_ url: URL) -> Bool { (try? DataFile.isFolder(url)) == true }
}

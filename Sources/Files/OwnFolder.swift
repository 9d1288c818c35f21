import Foundation

/// Makes sure that there is a folder at `url` into which files may be written that nobody asked for by name.
/// - Throws: `FileError` if it is a link, which could lead anywhere, or it cannot be created.
package func makeOwnFolder(_ url: URL) throws {
  var status = stat()
  guard lstat(url.path, &status) == 0 else {
    _ = try AtomicFile.makeFolders(to: url)
    return
  }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    let found = status.st_mode & S_IFMT == S_IFLNK ? "a link, which could lead anywhere" : "no folder"
    throw FileError(url, "this is \(found); replace it by a folder")
  }
}

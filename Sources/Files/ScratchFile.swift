import Foundation

/// Opens a file in `folder` that has no name, so that it is gone with its process.
/// - Parameter action: completes "cannot ..." in the error.
/// - Returns: its descriptor, for reading and writing, which other programs do not inherit.
/// - Throws: `FileError` if the folder cannot be written.
package func openScratchFile(in folder: URL, action: String) throws -> Int32 {
  var path = Array(folder.appending(path: ".drnet-XXXXXX").path.utf8CString)
  let descriptor = mkstemp(&path)
  guard descriptor >= 0 else { throw FileError(folder, cannot: action, errno: errno) }
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  unlink(path)
  return descriptor
}

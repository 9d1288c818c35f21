import Foundation

/// Lets two folders on one file system change places, in one operation.
///
/// File systems that have no such operation (some of networks) get three renames; a crash between them leaves the folders
/// beside each other.
/// - Throws: `FileError` if they cannot, such as a folder that a disk is mounted on; then nothing has changed.
package func exchangeFolders(_ first: URL, _ second: URL) throws {
  if renameExchanging(first, second) == 0 { return try AtomicFile.synchronise(second.deletingLastPathComponent()) }
  guard errno == EINVAL || errno == ENOSYS else { throw FileError(second, cannot: "replace this folder", errno: errno) }
  let between = first.deletingLastPathComponent().appending(path: first.lastPathComponent + ".between")
  guard rename(first.path, between.path) == 0 else {
    throw FileError(second, cannot: "replace this folder", errno: errno)
  }
  guard rename(second.path, first.path) == 0 else {
    let code = errno
    rename(between.path, first.path)
    throw FileError(second, cannot: "replace this folder", errno: code)
  }
  guard rename(between.path, second.path) == 0 else {
    throw FileError(between, cannot: "rename this to \(second.relativePath)", errno: errno)
  }
  try AtomicFile.synchronise(second.deletingLastPathComponent())
}

/// `renameat2` with RENAME_EXCHANGE, which Swift's Glibc does not import. -1 and ENOSYS if the C library has none.
private func renameExchanging(_ first: URL, _ second: URL) -> Int32 {
  typealias Function = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
  guard let symbol = dlsym(nil, "renameat2") else {
    errno = ENOSYS
    return -1
  }
  let exchange: UInt32 = 2
  return unsafeBitCast(symbol, to: Function.self)(AT_FDCWD, first.path, AT_FDCWD, second.path, exchange)
}

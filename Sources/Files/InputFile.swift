import Foundation

/// A regular file, open for reading. Its parts are read when they are wanted, so that a file of any size takes no memory,
/// and one that is cut short meanwhile gives an error.
package final class InputFile: Sendable {
  package let url: URL
  /// Its size when it was opened.
  package let byteCount: Int
  /// Whether nobody but its owner, who is this user or root, may write to it.
  let isOwn: Bool
  private let descriptor: Int32

  /// - Throws: `FileError` if it cannot be opened, or is a folder, a pipe or a device.
  package init(_ url: URL) throws {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw FileError(url, cannot: "read", errno: errno) }
    var status = stat()
    let code = fstat(descriptor, &status) == 0 ? nil : errno
    (self.url, byteCount, isOwn) = (url, Int(status.st_size), Self.isOwn(status))
    // From here on, an error runs deinit, which closes the file.
    if let code { throw FileError(url, cannot: "read", errno: code) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw FileError(url, cannot: "read", errno: EISDIR)
    default: throw FileError(url, "a pipe or a device, expected a file")
    }
  }

  deinit { close(descriptor) }

  /// Whether nobody but the owner of a file or folder, who is this user or root, may write to it.
  package static func isOwn(_ status: stat) -> Bool {
    [geteuid(), 0].contains(status.st_uid) && status.st_mode & 0o022 == 0
  }

  /// The bytes of `range`, or fewer if the file ends before.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try readAll(range.count, at: range.lowerBound, from: descriptor, of: url)
  }

  /// Fills `target` with the bytes from `offset` on.
  /// - Throws: `FileError` if they cannot be read, or the file ends before.
  package func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
    guard try readAll(into: target, at: offset, from: descriptor, of: url) == target.count else {
      throw FileError(url, "the file was cut short while it was in use; make it again")
    }
  }
}

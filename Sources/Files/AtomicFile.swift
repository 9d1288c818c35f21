import Foundation

/// Writes files completely or not at all, even if the process crashes or power is lost.
///
/// The bytes go to a temporary file in the same folder, which is flushed to disk and then renamed over the target. A
/// failure removes the temporary file and leaves the old file unchanged.
public enum AtomicFile {
  /// Replaces the file at `url` with `data`.
  /// - Throws: `FileError` if the file cannot be written.
  public static func write(_ data: Data, to url: URL) throws {
    try write(to: url) { try $0.append(data) }
  }

  /// Replaces the file at `url` with what `body` appends, piece by piece.
  /// - Throws: `FileError` if the file cannot be written, and what `body` throws.
  public static func write(to url: URL, _ body: (Output) throws -> Void) throws {
    let temporary = temporary(of: url)
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(url, cannot: "write", errno: errno) }
    defer { close(descriptor) }
    do {
      try body(Output(descriptor: descriptor, temporary: temporary, url: url))
      try publish(temporary, descriptor, as: url)
    } catch {
      unlink(temporary.path)
      throw error
    }
  }

  /// Flushes the finished file at `temporary`, open as `descriptor`, and renames it over `url`.
  package static func publish(_ temporary: URL, _ descriptor: Int32, as url: URL) throws {
    guard fsync(descriptor) == 0, rename(temporary.path, url.path) == 0 else {
      throw FileError(url, cannot: "write", errno: errno)
    }
    try synchronise(url.deletingLastPathComponent())
  }

  /// Receives the content of a file that is being written.
  public struct Output {
    let descriptor: Int32
    /// The temporary file, to which another program may write.
    package let temporary: URL
    let url: URL

    /// Writes all of `data`.
    /// - Throws: `FileError` if it cannot be written.
    public func append(_ data: Data) throws { try data.withUnsafeBytes(append) }

    /// Writes all of `bytes`.
    /// - Throws: `FileError` if they cannot be written.
    public func append(_ bytes: UnsafeRawBufferPointer) throws { try writeAll(bytes, to: descriptor, of: url) }
  }

  /// The temporary file of this thread for `url`: in the same folder, since a rename cannot cross file systems.
  package static func temporary(of url: URL) -> URL {
    url.deletingLastPathComponent()
      .appending(path: ".\(url.lastPathComponent).\(getpid())-\(pthread_self()).temporary")
  }

  /// Creates the folder at `url` and any missing parents; returns the created folders, outermost first.
  /// - Throws: `FileError` if one cannot be created; those created are removed again.
  public static func makeFolders(to url: URL) throws -> [URL] {
    guard access(url.path, F_OK) != 0, url.path != "/" else { return [] }
    let above = try makeFolders(to: url.deletingLastPathComponent())
    guard mkdir(url.path, 0o755) == 0 else {
      let code = errno
      // Another process created it first.
      if code == EEXIST { return above }
      for folder in above.reversed() { rmdir(folder.path) }
      throw FileError(url, cannot: "create", errno: code)
    }
    return above + [url]
  }

  /// Flushes `folder` to disk, so that a rename or removal inside it survives a loss of power.
  package static func synchronise(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(folder, cannot: "open", errno: errno) }
    defer { close(descriptor) }
    // Some file systems cannot flush a folder and report that; nothing more can be done there.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
      throw FileError(folder, cannot: "flush", errno: errno)
    }
  }
}

import Foundation

/// Writes files completely or not at all, even if the process crashes or power is lost.
///
/// The bytes go to a `Temporary` file, which is flushed to disk and then renamed over the target. A failure removes the
/// temporary file and leaves the old file unchanged. The new file has the old one's permissions; a
/// link in the place of the file is replaced, and what it leads to stays.
public enum AtomicFile {
  /// Replaces the file at `url` with `data`.
  /// - Parameter permissions: of a new file, as far as the process's umask allows; nil for those of the old file, or for
  ///   all to read and write.
  /// - Throws: `FileError` if the file cannot be written.
  public static func write(_ data: Data, to url: URL, permissions: mode_t? = nil) throws {
    try write(to: url, permissions: permissions) { try $0.append(data) }
  }

  /// Replaces the file at `url` with what `body` appends, piece by piece.
  /// - Throws: `FileError` if the file cannot be written, and what `body` throws.
  public static func write(to url: URL, permissions: mode_t? = nil, _ body: (Output) throws -> Void) throws {
    try requireReplaceable(url)
    let old = permissions == nil ? Self.permissions(of: url) : nil
    let temporary = try Temporary.file(for: url, permissions: permissions ?? old ?? 0o666)
    defer { temporary.close() }
    do {
      if let old { fchmod(temporary.descriptor, old) }
      try body(Output(descriptor: temporary.descriptor, temporary: temporary.url, url: url))
      try publish(temporary.url, temporary.descriptor, as: url)
    } catch {
      unlink(temporary.url.path)
      throw error
    }
  }

  /// Flushes the finished file at `temporary`, open as `descriptor`, and renames it over `url`.
  package static func publish(_ temporary: URL, _ descriptor: Int32, as url: URL) throws {
    guard flush(descriptor), rename(temporary.path, url.path) == 0 else {
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

    /// Writes all of `data` over what was appended before, from `offset` on.
    /// - Throws: `FileError` if it cannot be written.
    package func overwrite(_ data: Data, at offset: Int) throws {
      var offset = offset
      let isWritten = data.withUnsafeBytes { bytes in
        writeAll(bytes) { rest in
          let written = pwrite(descriptor, rest.baseAddress, rest.count, offset)
          offset += max(written, 0)
          return written
        }
      }
      guard isWritten else { throw FileError(url, cannot: "write", errno: errno) }
    }
  }

  /// Checks that there is nothing at `url` but a file or a link, which are replaced: not a folder, nor a device or a pipe,
  /// whose place a file would take.
  /// - Throws: `FileError` if there is.
  package static func requireReplaceable(_ url: URL) throws {
    var status = stat()
    guard lstat(url.path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFLNK: return
    case S_IFDIR: throw FileError(url, cannot: "write", errno: EISDIR)
    default: throw FileError(url, "a pipe or a device, expected a file")
    }
  }

  /// Checks, without writing anything, that a file can be written at `url`. Call this before slow work whose result it is to
  /// hold.
  /// - Throws: `FileError` if its folder is not there or cannot be written, or as `requireReplaceable`.
  package static func requireWritable(_ url: URL) throws {
    guard access(url.deletingLastPathComponent().path, W_OK | X_OK) == 0 else {
      throw FileError(url, cannot: "write", errno: errno)
    }
    try requireReplaceable(url)
  }

  /// The permissions of the file at `url`; nil if there is none.
  private static func permissions(of url: URL) -> mode_t? {
    var status = stat()
    return lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? status.st_mode & 0o777 : nil
  }

  /// Creates the folder at `url` and any missing parents; returns the created folders, outermost first.
  /// - Throws: `FileError` if one cannot be created; those created are removed again.
  public static func makeFolders(to url: URL) throws -> [URL] {
    guard access(url.path, F_OK) != 0, url.path != "/" else { return [] }
    let above = try makeFolders(to: url.deletingLastPathComponent())
    guard mkdir(url.path, 0o777) == 0 else {
      let code = errno
      // Another process created it first.
      if code == EEXIST { return above }
      for folder in above.reversed() { rmdir(folder.path) }
      throw FileError(url, cannot: "create", errno: code)
    }
    try synchronise(url.deletingLastPathComponent())
    return above + [url]
  }

  /// Flushes `folder` to disk, so that a rename or removal inside it survives a loss of power.
  package static func synchronise(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(folder, cannot: "open", errno: errno) }
    defer { close(descriptor) }
    guard flush(descriptor) else { throw FileError(folder, cannot: "flush", errno: errno) }
  }

  /// Flushes an open file or folder to disk. Pipes and some file systems cannot be flushed; nothing more can be done
  /// there.
  /// - Returns: false if that fails; `errno` says why.
  package static func flush(_ descriptor: Int32) -> Bool {
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { return errno == EINVAL || errno == ENOTSUP || errno == EROFS }
    }
    return true
  }
}

import Foundation

/// A file or folder that could not be read, written or used, told in one line: which, what was found, what to do.
public struct FileError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ url: URL, _ what: String) { description = "\(url.relativePath): \(what)".inOneLine }

  /// The failure of a system call. `action` completes "cannot ...".
  init(_ url: URL, cannot action: String, errno code: Int32) {
    self.init(url, "cannot \(action): " + Self.reason(code))
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "no space left; free some, or choose a folder on another disk"
    case EROFS: "the file system is read-only; choose another folder"
    case EACCES, EPERM: "permission denied; choose a folder that you may write to, or change its permissions"
    case EFBIG: "the file is larger than the file system or the process limit (ulimit -f) allows; raise it"
    case ENOENT: "there is no such file or folder; check the path"
    case ENOTDIR: "a part of the path is a file, not a folder; check the path"
    case EISDIR: "this is a folder, not a file; check the path"
    default: String(cString: strerror(code))
    }
  }
}

/// Files that are written whole or not at all, also through a crash or a loss of power.
///
/// The bytes go to a temporary file in the same folder, which is flushed to disk and then renamed over the target. A
/// failure removes the temporary file and leaves the old file as it was.
public enum AtomicFile {
  /// Replaces the file at `url` with `data`.
  public static func write(_ data: Data, to url: URL) throws {
    try write(to: url) { try $0.append(data) }
  }

  /// Replaces the file at `url` with what `body` appends, piece by piece.
  public static func write(to url: URL, _ body: (Output) throws -> Void) throws {
    let temporary = temporary(of: url)
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(url, cannot: "write", errno: errno) }
    do {
      do {
        try body(Output(descriptor: descriptor, url: url))
        try check(fsync(descriptor), url)
      } catch {
        close(descriptor)
        throw error
      }
      try check(close(descriptor), url)
      try check(rename(temporary.path, url.path), url)
    } catch {
      unlink(temporary.path)
      throw error
    }
    try synchronise(url.deletingLastPathComponent())
  }

  /// Where the pieces of a file that is being written go.
  public struct Output {
    let descriptor: Int32
    let url: URL

    /// The temporary file, for another program to write to.
    var temporary: URL { AtomicFile.temporary(of: url) }

    /// Writes all of `data`.
    public func append(_ data: Data) throws { try data.withUnsafeBytes(append) }

    /// Writes all of `bytes`.
    public func append(_ bytes: UnsafeRawBufferPointer) throws { try writeAll(bytes, to: descriptor, of: url) }
  }

  /// Where the bytes of `url` are gathered: beside it, since a rename does not cross file systems.
  static func temporary(of url: URL) -> URL {
    url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(getpid()).temporary")
  }

  /// Makes the folder at `url` and those above it that are missing; returns those made, outermost first.
  public static func makeFolders(to url: URL) throws -> [URL] {
    guard access(url.path, F_OK) != 0, url.path != "/" else { return [] }
    let above = try makeFolders(to: url.deletingLastPathComponent())
    guard mkdir(url.path, 0o755) == 0 else {
      let code = errno
      for folder in above.reversed() { rmdir(folder.path) }
      throw FileError(url, cannot: "create", errno: code)
    }
    return above + [url]
  }

  /// Makes a rename or removal inside `folder` survive a loss of power.
  static func synchronise(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(folder, cannot: "open", errno: errno) }
    defer { close(descriptor) }
    // Some file systems cannot flush a folder and say so; their renames are as safe as they get.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
      throw FileError(folder, cannot: "flush", errno: errno)
    }
  }

  private static func check(_ status: Int32, _ url: URL) throws {
    if status != 0 { throw FileError(url, cannot: "write", errno: errno) }
  }
}

/// Writes all bytes, through interruptions and short writes.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of url: URL) throws {
  var rest = bytes
  while !rest.isEmpty {
    let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
    if written < 0 {
      if errno == EINTR { continue }
      throw FileError(url, cannot: "write", errno: errno)
    }
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
  }
}

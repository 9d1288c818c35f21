import Foundation

/// An error about a file or folder, described in one line: its path, what was found, and what to do.
public struct FileError: Error, Equatable, CustomStringConvertible {
  public let description: String

  /// - Parameter description: the whole line, which begins with what it is about.
  public init(_ description: String) { self.description = description.inOneLine }

  public init(_ url: URL, _ what: String) { self.init("\(url.relativePath): \(what)") }

  /// A failed system call, described by the system's message.
  package init(_ url: URL, errno code: Int32) { self.init(url, String(cString: strerror(code))) }

  /// A failed system call. `action` completes "cannot ...".
  package init(_ url: URL, cannot action: String, errno code: Int32) {
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

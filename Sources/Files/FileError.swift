import Foundation

/// An error about a file or folder, described in one line: its path, what was found, and what to do.
public struct FileError: Error, Equatable, CustomStringConvertible {
  public let description: String
  /// The code of the system call that failed, such as `EIO`; nil if the file itself is at fault.
  package let code: Int32?

  /// - Parameter description: the whole line, which begins with what it is about.
  public init(_ description: String) { self.init(description, code: nil) }

  private init(_ description: String, code: Int32?) {
    (self.description, self.code) = (description.inOneLine, code)
  }

  public init(_ url: URL, _ what: String) { self.init("\(url.relativePath): \(what)") }

  /// A failed system call. `action` completes "cannot ...".
  package init(_ url: URL, cannot action: String, errno code: Int32) {
    self.init("\(url.relativePath): cannot \(action): " + Self.reason(code, isReading: action == "read"), code: code)
  }

  private static func reason(_ code: Int32, isReading: Bool) -> String {
    switch code {
    case ENOSPC, EDQUOT: "no space left; free some, or choose a folder on another disk"
    case EROFS: "the file system is read-only; choose another folder"
    case EACCES, EPERM:
      "permission denied; " + (isReading ? "" : "choose a folder that you may write to, or ") + "change its permissions"
    case EFBIG: "the file is larger than the file system or the process limit (ulimit -f) allows; raise it"
    case ENOENT: "there is no such file or folder; check the path"
    case ENOTDIR: "a part of the path is a file, not a folder; check the path"
    case EISDIR: "this is a folder, not a file; check the path"
    case ELOOP where !isReading: "this is a link, which could lead anywhere; remove it"
    case EIO: "the disk or the network failed (input/output error); try again"
    case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
    default: String(cString: strerror(code))
    }
  }
}

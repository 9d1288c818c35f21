import Foundation

/// A file or folder that is being written, under another name beside the one that it will have: in the same folder, since a
/// rename cannot cross file systems.
///
/// Its process holds a lock on it (`flock`), which ends with the process. So the next process that writes the same file knows
/// what a killed one left there, and removes it.
package struct Temporary {
  package let url: URL
  /// Open, of a file for writing; `close` it.
  package let descriptor: Int32

  /// Creates an empty file that will become `target`.
  /// - Throws: `FileError` if it cannot be created.
  package static func file(for target: URL, permissions: mode_t) throws -> Temporary {
    try create(for: target, cannot: "write") { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions) }
  }

  /// Creates an empty folder that will become `target`.
  /// - Throws: `FileError` if it cannot be created.
  package static func folder(for target: URL) throws -> Temporary {
    try create(for: target, cannot: "create") { path in
      guard mkdir(path, 0o777) == 0 else { return -1 }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let code = errno
      if descriptor < 0 { rmdir(path) }
      errno = code
      return descriptor
    }
  }

  /// Ends the lock.
  package func close() { Glibc.close(descriptor) }

  private static func create(
    for target: URL, cannot verb: String, _ create: (String) -> Int32
  ) throws -> Temporary {
    removeRemnants(of: target)
    let folder = target.deletingLastPathComponent()
    while true {
      let (url, descriptor) = createUnguessable(in: folder, prefix(of: target), ending, create: create)
      guard descriptor >= 0 else { throw FileError(target, cannot: verb, errno: errno) }
      // Some network file systems have no locks; there, what killed processes leave stays.
      flock(descriptor, LOCK_EX | LOCK_NB)
      if access(url.path, F_OK) == 0 { return Temporary(url: url, descriptor: descriptor) }
      // Another process took it for a remnant before it was locked.
      Glibc.close(descriptor)
    }
  }

  /// Removes what killed processes left of `target`.
  private static func removeRemnants(of target: URL) {
    let folder = target.deletingLastPathComponent()
    for name in (try? DataFile.names(in: folder)) ?? [] where isName(name, for: target.lastPathComponent + ".") {
      let remnant = folder.appending(path: name)
      let descriptor = open(remnant.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
      guard descriptor >= 0 else { continue }
      defer { Glibc.close(descriptor) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(at: remnant) }
    }
  }

  /// Whether `name` is that of a temporary file or folder for one whose name begins with `start`.
  package static func isName(_ name: String, for start: String) -> Bool {
    name.hasPrefix(".\(start)") && name.hasSuffix(ending)
  }

  private static func prefix(of target: URL) -> String { ".\(target.lastPathComponent)." }

  private static let ending = ".temporary"
}

import Files
import Foundation

/// Keeps other processes from training in the folder of a run.
///
/// The locks are the kernel's (`flock` on the folder, and on `.lock` in it for network file systems that lock no folders), so
/// they end with their process, however that ends. The file names the process and the host; only a killed process leaves it.
package final class RunLock {
  /// The name of the file in the folder of a run.
  static let fileName = ".lock"

  /// The folder, wherever it is moved.
  private let folder: Int32
  private let file: Int32

  /// - Parameter url: the folder.
  /// - Throws: `FileError` that names the process which trains there, or says why the folder cannot be written.
  package init(_ url: URL) throws {
    let folder = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw FileError(url, cannot: "open", errno: errno) }
    do {
      if flock(folder, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        let named = openat(folder, Self.fileName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        defer { close(named) }
        throw Self.isTaken(url, by: named)
      }
      file = try Self.lock(in: folder, of: url)
    } catch {
      close(folder)
      throw error
    }
    self.folder = folder
  }

  deinit {
    unlinkat(folder, Self.fileName, 0)
    close(file)
    close(folder)
  }

  private static func lock(in folder: Int32, of url: URL) throws -> Int32 {
    while true {
      let file = openat(folder, fileName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard file >= 0 else { throw FileError(url.appending(path: fileName), cannot: "write", errno: errno) }
      // Some network file systems have no locks; nothing more can be done there.
      guard flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
        let error = isTaken(url, by: file)
        close(file)
        throw error
      }
      // The process that held the lock may have removed the file in between.
      var (locked, named) = (stat(), stat())
      guard fstat(file, &locked) == 0, fstatat(folder, fileName, &named, AT_SYMLINK_NOFOLLOW) == 0,
        locked.st_ino == named.st_ino
      else {
        close(file)
        continue
      }
      let text = Array("\(getpid()) \(ProcessInfo.processInfo.hostName)\n".utf8)
      guard ftruncate(file, 0) == 0,
        text.withUnsafeBytes({ writeAll($0) { Glibc.write(file, $0.baseAddress, $0.count) } })
      else {
        let code = errno
        unlinkat(folder, fileName, 0)
        close(file)
        throw FileError(url.appending(path: fileName), cannot: "write", errno: code)
      }
      return file
    }
  }

  private static func isTaken(_ url: URL, by file: Int32) -> FileError {
    FileError(url, "\(holder(file)) trains in this folder; wait until it ends, or choose another")
  }

  /// Which process holds the lock, as far as the file tells.
  private static func holder(_ file: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = max(0, pread(file, &bytes, bytes.count, 0))
    let words = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let process = Int32(words[0]) else { return "another process" }
    return "process \(process) on \(words[1])"
  }
}

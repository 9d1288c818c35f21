import Foundation

/// A small file system in memory, mounted on a folder as long as there is a reference to it. A user other than root
/// mounts it with sudo, if sudo asks for no password.
public final class SmallDisk {
  /// What keeps the folder, so that it is removed only after the disk is unmounted.
  private let owner: AnyObject
  private let folder: URL

  /// This process may not mount.
  struct CannotMount: Error, CustomStringConvertible {
    let description =
      "cannot mount a small disk: run as root or with a sudo that asks for no password, or set DRNET_ALLOW_NO_MOUNT=1"
  }

  struct CannotRemount: Error {}

  /// Mounts a disk of `kilobytes` on `folder`, which is created and which `owner` removes; nil if this process may not
  /// mount and DRNET_ALLOW_NO_MOUNT=1.
  public init?(on folder: URL, of owner: AnyObject, kilobytes: Int) throws {
    (self.owner, self.folder) = (owner, folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard Self.run("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder.path]) else {
      if ProcessInfo.processInfo.environment["DRNET_ALLOW_NO_MOUNT"] == "1" { return nil }
      throw CannotMount()
    }
  }

  deinit { _ = Self.run("umount", [folder.path]) }

  /// Makes the disk larger or smaller, or read-only with "ro".
  public func remount(_ options: String) throws {
    guard Self.run("mount", ["-o", "remount,\(options)", folder.path]) else { throw CannotRemount() }
  }

  /// Fills what is left of the disk with a file.
  public func fill() throws {
    let filler = folder.appending(path: "filler")
    try Data().write(to: filler)
    let handle = try FileHandle(forWritingTo: filler)
    while (try? handle.write(contentsOf: Data(count: 512))) != nil {}
    try handle.close()
  }

  private static func run(_ program: String, _ arguments: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = (geteuid() == 0 ? [] : ["sudo", "--non-interactive"]) + [program] + arguments
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

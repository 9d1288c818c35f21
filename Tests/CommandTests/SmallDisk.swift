import Foundation
import Testing

/// A small file system in memory, mounted on a folder as long as there is a reference to it. A user other than root
/// mounts it with sudo, if sudo asks for no password.
final class SmallDisk {
  /// Kept so that it is removed only after the disk is unmounted.
  private let workspace: Workspace
  private let folder: URL

  /// Mounts a disk of `kilobytes` on the folder `disk`; nil if this process may not mount. That is a test failure unless
  /// DRNET_ALLOW_NO_MOUNT=1.
  init?(in workspace: Workspace, kilobytes: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    self.workspace = workspace
    folder = workspace["disk"]
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard Self.run("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder.path]) else {
      if ProcessInfo.processInfo.environment["DRNET_ALLOW_NO_MOUNT"] != "1" {
        Issue.record(
          "cannot mount a small disk: run as root or with a sudo that asks for no password, or set DRNET_ALLOW_NO_MOUNT=1",
          sourceLocation: sourceLocation)
      }
      return nil
    }
  }

  deinit { _ = Self.run("umount", [folder.path]) }

  /// Makes the disk larger or smaller, or read-only with "ro".
  func remount(_ options: String) { #expect(Self.run("mount", ["-o", "remount,\(options)", folder.path])) }

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

import Files
import Foundation

/// Stops a command that a sweep started: the command reads from this pipe, and stops as on SIGTERM when the pipe is
/// closed. That also happens if the sweep is killed, so that nothing goes on behind the back of its successor.
final class StopPipe {
  private static let variable = "DRNET_STOP_WITH_INPUT"
  private let pipe = Pipe()

  init() {
    // If another command held the writing end too, the pipe would stay open.
    _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
  }

  /// What the command reads from.
  var input: ChildProcess.Stream { .descriptor(pipe.fileHandleForReading.fileDescriptor) }
  /// What tells the command that it reads from such a pipe.
  static let environment = [variable: "1"]

  func stop() { try? pipe.fileHandleForWriting.close() }

  /// In a command that a sweep started: waits for the end of the pipe, in the background.
  static func watch() {
    guard ProcessInfo.processInfo.environment[variable] == "1" else { return }
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || count < 0 && errno != EINTR { break }
      }
      kill(getpid(), SIGTERM)
    }
  }
}

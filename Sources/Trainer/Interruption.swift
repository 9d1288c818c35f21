import Dispatch
import Foundation
import Synchronization

/// Ctrl-C (or a polite kill) as a wish to stop; the second one ends the process at once.
final class Interruption {
  /// Exit status of a process that Ctrl-C ended.
  static let exitStatus: Int32 = 130

  private static let isWanted = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// Starts to listen.
  init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if Self.isWanted.exchange(true, ordering: .sequentiallyConsistent) { _exit(Self.exitStatus) }
        Terminal.message("stopping after this step, with a checkpoint; once more to stop at once")
      }
      source.resume()
      return source
    }
  }

  var isWanted: Bool { Self.isWanted.load(ordering: .sequentiallyConsistent) }
}

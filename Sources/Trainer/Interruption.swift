import Dispatch
import Foundation
import Synchronization

/// A request to stop by Ctrl-C (SIGINT) or SIGTERM; the second signal ends the process at once.
final class Interruption {
  /// Exit status of a process that Ctrl-C interrupted.
  static let exitStatus: Int32 = 130

  private static let isWanted = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// Starts listening for both signals.
  init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if Self.isWanted.exchange(true, ordering: .sequentiallyConsistent) { _exit(Self.exitStatus) }
        Terminal.message("stopping after this step, with a checkpoint; press Ctrl-C again to stop at once")
      }
      source.resume()
      return source
    }
  }

  var isWanted: Bool { Self.isWanted.load(ordering: .sequentiallyConsistent) }
}

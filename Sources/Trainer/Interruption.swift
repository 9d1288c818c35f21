import Dispatch
import Foundation
import Synchronization

/// A request to stop after the current step: Ctrl-C (SIGINT), SIGTERM, a closed terminal (SIGHUP), the end of the allowed
/// CPU time (SIGXCPU), or a cluster's notice (SIGUSR1). A second SIGINT or SIGTERM ends the process at once, and so does the
/// first SIGQUIT (Ctrl-\), which the compiler in some OpenCL drivers catches and forgets.
final class Interruption {
  /// Exit status of a process that was interrupted.
  static let exitStatus: Int32 = 130

  /// By the user or a scheduler; the second one is meant seriously. The kernel repeats SIGXCPU by itself.
  private static let urgent = [SIGINT, SIGTERM]
  private static let requested = Atomic(false)
  private static let requestedUrgently = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// Starts listening for the signals, except for SIGHUP and SIGQUIT if they are ignored, as under nohup or in the background
  /// of a script.
  init() {
    sources = (Self.urgent + [SIGHUP, SIGXCPU, SIGUSR1, SIGQUIT]).compactMap { number in
      if [SIGHUP, SIGQUIT].contains(number), Self.isIgnored(number) { return nil }
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        // As the shell reports a process that SIGQUIT ended.
        if number == SIGQUIT { _exit(128 + SIGQUIT) }
        let isFirst = !Self.requested.exchange(true, ordering: .sequentiallyConsistent)
        if Self.urgent.contains(number), Self.requestedUrgently.exchange(true, ordering: .sequentiallyConsistent) {
          _exit(Self.exitStatus)
        }
        if isFirst {
          Terminal.message("stopping after this step, with a checkpoint; press Ctrl-C again to stop at once")
        }
      }
      source.resume()
      return source
    }
  }

  /// Whether the process was asked to stop.
  static var isWanted: Bool { requested.load(ordering: .sequentiallyConsistent) }
  var isWanted: Bool { Self.isWanted }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

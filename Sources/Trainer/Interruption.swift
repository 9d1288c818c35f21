import Foundation
import Synchronization

/// A request to stop after the current step: Ctrl-C (SIGINT), SIGTERM, a closed terminal (SIGHUP), the end of the allowed
/// CPU time (SIGXCPU), or a cluster's notice (SIGUSR1). A second SIGINT or SIGTERM ends the process at once, and so does the
/// first SIGQUIT (Ctrl-\).
final class Interruption: Sendable {
  /// Exit status of a process that was interrupted.
  static let exitStatus: Int32 = 130

  private static let isListening = Atomic(false)
  private static let requested = Atomic(false)
  private static let requestedUrgently = Atomic(false)
  private let isAnnounced = Mutex(false)
  private let announcement: String

  /// Starts listening for the signals, except for SIGHUP and SIGQUIT if they are ignored, as under nohup or in the background
  /// of a script.
  /// - Parameter announcement: what the process will do when it is asked to stop.
  init(announcing announcement: String = "stopping after this step, with a checkpoint") {
    self.announcement = announcement
    // The handler may not be the first to use these: what initialises them can take a lock.
    _ = (Self.isWanted, Self.requestedUrgently.load(ordering: .relaxed))
    SignalHandlers.keep(
      Self.handler,
      for: [SIGINT, SIGTERM, SIGXCPU, SIGUSR1] + [SIGHUP, SIGQUIT].filter { !SignalHandlers.isIgnored($0) })
    Self.isListening.store(true, ordering: .sequentiallyConsistent)
    // A step may take long.
    Thread.detachNewThread { [self] in while !isWanted { usleep(50_000) } }
  }

  /// Whether the process was asked to stop; the first time, it tells so.
  var isWanted: Bool {
    guard Self.isWanted else { return false }
    isAnnounced.withLock { isAnnounced in
      guard !isAnnounced else { return }
      isAnnounced = true
      Terminal.message("\(announcement); press Ctrl-C again to stop at once")
    }
    return true
  }

  /// Whether the command stops after its current step when it is asked to.
  static var isPossible: Bool { isListening.load(ordering: .sequentiallyConsistent) }

  /// Whether the process was asked to stop.
  static var isWanted: Bool { requested.load(ordering: .sequentiallyConsistent) }

  /// What a signal calls. It may interrupt anything, so it does no more than note the request.
  private static let handler: @convention(c) (Int32) -> Void = { number in
    // As the shell reports a process that SIGQUIT ended.
    if number == SIGQUIT { _exit(128 + SIGQUIT) }
    // By the user or a scheduler: the second one is meant seriously. The kernel repeats SIGXCPU by itself.
    if number == SIGINT || number == SIGTERM, requestedUrgently.exchange(true, ordering: .sequentiallyConsistent) {
      _exit(Interruption.exitStatus)
    }
    requested.store(true, ordering: .sequentiallyConsistent)
  }
}

import Foundation
import Synchronization

/// A request to stop after the current step: Ctrl-C (SIGINT), SIGTERM, a closed terminal (SIGHUP), the end of the allowed
/// CPU time (SIGXCPU), or a cluster's notice (SIGUSR1). A second SIGINT or SIGTERM ends the process at once, and so does the
/// first SIGQUIT (Ctrl-\).
final class Interruption: Sendable {
  /// Exit status of a process that was interrupted.
  static let exitStatus: Int32 = 130

  private static let requested = Atomic(false)
  private static let requestedUrgently = Atomic(false)
  private let isAnnounced = Mutex(false)

  /// Starts listening for the signals, except for SIGHUP and SIGQUIT if they are ignored, as under nohup or in the background
  /// of a script.
  init() {
    let numbers = [SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1, SIGQUIT].filter {
      ![SIGHUP, SIGQUIT].contains($0) || !Self.isHandled($0, by: SIG_IGN)
    }
    // The handler may not be the first to use these: what initialises them can take a lock.
    _ = (Self.isWanted, Self.requestedUrgently.load(ordering: .relaxed))
    numbers.forEach(Self.listen)
    Self.unblock(numbers)
    // LLVM, which compiles the kernels in some OpenCL drivers, takes the signals over at its first compilation, and forgets
    // those that do not end a process.
    Thread.detachNewThread { [self] in
      while true {
        usleep(50_000)
        for number in numbers where !Self.isHandled(number, by: Self.handler) { Self.listen(to: number) }
        _ = isWanted
      }
    }
  }

  /// Whether the process was asked to stop; the first time, it tells so.
  var isWanted: Bool {
    guard Self.isWanted else { return false }
    isAnnounced.withLock { isAnnounced in
      guard !isAnnounced else { return }
      isAnnounced = true
      Terminal.message("stopping after this step, with a checkpoint; press Ctrl-C again to stop at once")
    }
    return true
  }

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

  private static func listen(to number: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    // Calls of the system that were interrupted go on.
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  /// A parent may have started this process on a thread that blocks signals.
  private static func unblock(_ numbers: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static func isHandled(_ number: Int32, by handler: @convention(c) (Int32) -> Void) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(handler, to: Int.self)
  }
}

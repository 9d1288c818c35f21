import Foundation
import Synchronization

/// Handlers of signals that stay: LLVM, which compiles the kernels in some OpenCL drivers, takes signals over at its first
/// compilation, and then forgets those that do not end a process.
enum SignalHandlers {
  /// What a signal calls; nil for what the system does.
  typealias Handler = @convention(c) (Int32) -> Void

  private static let kept = Mutex<[Int32: Handler?]>([:])

  /// Installs the handler of some signals, and installs it again whenever something else has replaced it.
  static func keep(_ handler: Handler?, for numbers: [Int32]) {
    let isFirst = kept.withLock { kept in
      defer { for number in numbers { kept.updateValue(handler, forKey: number) } }
      return kept.isEmpty
    }
    for number in numbers { install(handler, for: number) }
    unblock(numbers)
    guard isFirst else { return }
    Thread.detachNewThread {
      while true {
        usleep(5000)
        kept.withLock { kept in
          for (number, handler) in kept where !isInstalled(handler, for: number) { install(handler, for: number) }
        }
      }
    }
  }

  /// Whether a signal is ignored, as under nohup or in the background of a script.
  static func isIgnored(_ number: Int32) -> Bool { isInstalled(SIG_IGN, for: number) }

  private static func install(_ handler: Handler?, for number: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    // Calls of the system that were interrupted go on.
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  private static func isInstalled(_ handler: Handler?, for number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(handler, to: Int.self)
  }

  /// A parent may have started this process on a thread that blocks signals.
  private static func unblock(_ numbers: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }
}

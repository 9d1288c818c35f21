import Foundation

/// A program that runs as a child of this process, in a process group of its own, so that Ctrl-C does not reach it.
///
/// Foundation's `Process` is not used, since it traps where descriptors run out, and waits for ever where there is no loopback
/// interface.
package final class ChildProcess {
  /// How a program ended.
  package enum Ending: Equatable, CustomStringConvertible {
    /// By itself, with this status.
    case exit(Int32)
    case signal(Int32)

    package var description: String {
      switch self {
      case .exit(let status): "ended with status \(status)"
      case .signal(let number): "was ended by signal \(number)"
      }
    }
  }

  /// What a child's standard streams are.
  package enum Stream {
    /// Nothing can be read, and what is written is lost.
    case null
    /// An open file, pipe or socket of this process.
    case descriptor(Int32)
  }

  private let identifier: pid_t
  private var ending: Ending?

  /// Starts `program`. The caller waits for its end.
  /// - Parameter environment: variables beside those of this process.
  /// - Throws: `FileError` if it cannot be started.
  package init(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:], input: Stream = .null, output: Stream,
    errors: Stream
  ) throws {
    // Where a parent ignored this signal, it would not be told how its child ended.
    signal(SIGCHLD, SIG_DFL)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, stream) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      switch stream {
      case .null: posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
      case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, target)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A thread of ours may block signals.
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var started = pid_t()
    let failure = withCStrings([program.path] + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&started, program.path, &actions, &attributes, arguments, $0) }
    }
    guard failure == 0 else { throw FileError(program, cannot: "start this program", errno: failure) }
    identifier = started
  }

  /// How it ended; nil while it runs.
  package func poll() -> Ending? { end(WNOHANG) }

  /// Waits for its end.
  package func wait() -> Ending { end(0)! }

  /// Kills it, if it still runs, and waits for its end.
  package func stop() {
    if poll() == nil { kill(identifier, SIGKILL) }
    _ = wait()
  }

  private func end(_ options: Int32) -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    var result: pid_t
    repeat { result = waitpid(identifier, &status, options) } while result < 0 && errno == EINTR
    precondition(result >= 0, "only this object waits for its process")
    // The C library's WIFEXITED, WEXITSTATUS and WTERMSIG are macros.
    if result > 0 { ending = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f) }
    return ending
  }
}

/// Calls `body` with an array of C strings that ends with nil.
private func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}

import ArgumentParser
import DRNetGPU
import Files
import Foundation

/// The `drnet` command.
struct DRNetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drnet",
    abstract: "Trains DRNET, which splits videos into content and pose, on any OpenCL device.",
    discussion: """
      Example:
        drnet train --data fashion --width 16 --steps 1500 --out runs/first
        drnet train-pose runs/first && drnet generate runs/first --frames 100
      """,
    subcommands: [
      DevicesCommand.self, PresetsCommand.self, PrepareCommand.self, TrainCommand.self, TrainPoseCommand.self,
      EvaluateCommand.self, ClassifyCommand.self, JudgeCommand.self, SwapCommand.self,
      GenerateCommand.self, ReportCommand.self, SweepCommand.self, EncodeCommand.self, DecodeCommand.self,
      CompareCommand.self,
      BenchCommand.self, ProfileCommand.self, TuneCommand.self, LaunchesCommand.self,
    ])
}

@main
enum Main {
  static let failure: Int32 = 1
  static let usage: Int32 = 2

  /// Runs the command; every failure is one line on stderr.
  static func main() {
    Terminal.openStandardStreams()
    // A closed pipe or a file at its size limit makes the write fail with an error instead of ending the process.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    removeUselessVariables()
    do {
      try raiseLimit(RLIMIT_NOFILE, to: .max, atLeast: 16) {
        "at most \($0) files may be open, but drnet needs \($1); raise the limit (ulimit -n)"
      }
      // Threads have the stack that was allowed at the start, whatever is raised later.
      try raiseLimit(RLIMIT_STACK, to: 0, atLeast: 1 << 20) {
        "the stack may have at most \($0 >> 10) KB, but drnet needs \($1 >> 10); raise the limit (ulimit -s)"
      }
      SignalHandlers.keep(SIG_DFL, for: [SIGQUIT, SIGUSR1, SIGXCPU].filter { !SignalHandlers.isIgnored($0) })
      StopPipe.watch()
      var command = try DRNetCommand.parseAsRoot(Self.joined(CommandLine.arguments.dropFirst()))
      try command.run()
      try Terminal.flushResults()
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch {
      switch DRNetCommand.exitCode(for: error) {
      case .success:
        print(DRNetCommand.fullMessage(for: error))
        exit(0)
      case .validationFailure:
        let lines = DRNetCommand.message(for: error).split(separator: "\n").joined(separator: " ")
        Terminal.message((lines.hasSuffix(".") ? String(lines.dropLast()) : lines) + "; see drnet --help")
        exit(usage)
      default:
        Terminal.message(Remedy.line(for: error).split(whereSeparator: \.isNewline).joined(separator: " "))
        exit(Remedy.isWrongUsage(for: error) ? usage : failure)
      }
    }
  }

  /// Raises a limit of this process as far as it may, up to `wanted`.
  /// - Throws: `FileError` if it stays below `least`, with which Dispatch traps, or the stack is too short.
  private static func raiseLimit(
    _ resource: __rlimit_resource, to wanted: rlim_t, atLeast least: rlim_t, _ what: (rlim_t, rlim_t) -> String
  ) throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, wanted))
    setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    guard limit.rlim_cur >= least else { throw FileError(what(limit.rlim_cur, least)) }
  }

  /// Removes variables of the environment with which libraries fail: PoCL ends the process if the name of its cache is
  /// empty, and help for a terminal without columns has no words.
  private static func removeUselessVariables() {
    func text(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    if text("POCL_CACHE_DIR") == "" { unsetenv("POCL_CACHE_DIR") }
    if let columns = text("COLUMNS"), (Int(columns) ?? 0) < 1 { unsetenv("COLUMNS") }
  }

  /// The arguments with every negative number joined to the flag before it, so that `-1` in `--beta -1` is parsed as a
  /// value, not as a flag.
  private static func joined(_ arguments: ArraySlice<String>) -> [String] {
    arguments.reduce(into: []) { joined, argument in
      if argument.hasPrefix("-"), Double(argument) != nil, let flag = joined.last, flag.hasPrefix("--"),
        !flag.contains("=")
      {
        joined[joined.count - 1] = "\(flag)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
  }
}

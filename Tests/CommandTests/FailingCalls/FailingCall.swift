import Foundation

/// A call of a library that fails in a process; see Tests/FailingCalls/failure.h.
struct FailingCall: CustomStringConvertible {
  /// The functions whose calls are counted.
  let functions: [String]
  /// Which of the calls fails, from 1; nil if none does.
  var number: Int?
  /// What happens in its place: the error's number, or a word.
  var failure = "0"
  /// Of functions for files, only calls on paths that contain this are counted.
  var path: String?

  var description: String {
    "FAIL_CALLS=\(functions.joined(separator: ",")) FAIL_AT=\(number ?? 0) FAIL_WITH=\(failure)"
      + (path.map { " FAIL_PATH=\($0)" } ?? "")
  }

  /// The environment of the process. Names of the calls, in order, are appended to the file `trace`.
  func environment(trace: URL) -> [String: String] {
    var environment = [
      "LD_PRELOAD": Workspace.command.deletingLastPathComponent().appending(path: "libFailingCalls.so").path,
      "FAIL_CALLS": functions.joined(separator: ","), "FAIL_AT": "\(number ?? 0)", "FAIL_WITH": failure,
      "FAIL_TRACE": trace.path,
    ]
    environment["FAIL_PATH"] = path
    return environment
  }
}

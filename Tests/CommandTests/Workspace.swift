import DRNetGPU
import Foundation
import Testing

/// A temporary folder in which a test runs `drnet` as a process; removed with the last reference to it.
final class Workspace {
  /// The result of a process.
  struct Outcome {
    /// Exit status; 128 plus the signal's number if a signal ended the process.
    let status: Int32
    /// Lines of stdout.
    let results: [String]
    /// Lines of stderr.
    let messages: [String]
  }

  private let root: URL
  /// Working folder of the processes; paths in messages are relative to it.
  let folder: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "drnet-command-\(UUID().uuidString)")
    folder = root.appending(path: "work")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { remove() }

  func remove() { try? FileManager.default.removeItem(at: root) }

  subscript(path: String) -> URL { folder.appending(path: path) }

  /// The command next to the test bundle, from the same build.
  static let command = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "drnet")

  /// A running process.
  struct Running {
    let process: Process
    let results: URL
    let messages: URL

    /// Waits until the process ends.
    func outcome() throws -> Outcome {
      process.waitUntilExit()
      let status = process.terminationStatus
      return Outcome(
        status: process.terminationReason == .exit ? status : 128 + status, results: try lines(results),
        messages: try lines(messages))
    }

    private func lines(_ url: URL) throws -> [String] {
      try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
    }
  }

  /// Starts `drnet` or another program, with variables added to the environment.
  func start(
    _ arguments: [String], environment: [String: String] = [:], program: URL = Workspace.command,
    input: FileHandle? = nil, output: FileHandle? = nil, error: FileHandle? = nil
  ) throws -> Running {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let logs = ["results", "messages"].map { root.appending(path: "\($0)-\(UUID().uuidString)") }
    for log in logs { try Data().write(to: log) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? FileHandle(forWritingTo: logs[0])
    process.standardError = try error ?? FileHandle(forWritingTo: logs[1])
    try process.run()
    return Running(process: process, results: logs[0], messages: logs[1])
  }

  /// Runs `drnet` or another program until it ends.
  func run(
    _ arguments: [String], environment: [String: String] = [:], program: URL = Workspace.command
  ) throws -> Outcome {
    try start(arguments, environment: environment, program: program).outcome()
  }

  /// Runs `drnet`, which must succeed.
  func succeed(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 0, "\(outcome.messages)", sourceLocation: sourceLocation)
  }

  /// Contents of all files by path; empty for folders and pipes.
  func snapshot() throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try paths.reduce(into: [:]) { snapshot, path in
      var status = stat()
      let isFile = stat(self[path].path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      snapshot[path] = isFile ? try Data(contentsOf: self[path]) : Data()
    }
  }
}

extension Workspace {
  /// Runs `drnet` and checks that it fails as it should: with this exit status, one line of error that begins with
  /// "drnet: " and contains all of `parts`, nothing on stdout, and no file created, changed or removed. Lines that only
  /// inform are allowed before the error.
  @discardableResult
  func expectFailure(
    _ arguments: [String], status: Int32 = 1, environment: [String: String] = [:], says parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let before = try snapshot()
    let outcome = try run(arguments, environment: environment)
    #expect(outcome.status == status, "\(outcome.messages)", sourceLocation: sourceLocation)
    #expect(outcome.results.isEmpty, sourceLocation: sourceLocation)
    expectOneLine(outcome.messages, says: parts, sourceLocation: sourceLocation)
    let after = try snapshot()
    #expect(
      Set(before.keys) == Set(after.keys), "files were created or removed", sourceLocation: sourceLocation)
    #expect(before == after, "files were changed", sourceLocation: sourceLocation)
    return outcome.messages
  }

  func expectOneLine(
    _ messages: [String], says parts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let errors = messages.filter { !Self.onlyInforms($0) }
    #expect(errors.count == 1, "\(messages)", sourceLocation: sourceLocation)
    #expect(messages.last == errors.last, "\(messages)", sourceLocation: sourceLocation)
    guard let line = errors.last else { return }
    #expect(line.hasPrefix("drnet: "), sourceLocation: sourceLocation)
    for part in parts { #expect(line.contains(part), sourceLocation: sourceLocation) }
  }

  /// Whether a line only reports what is used or the progress.
  private static func onlyInforms(_ line: String) -> Bool {
    let starts = [
      "using ", "step ", "saved ", "resuming from step ", "no checkpoint yet", "skipped: ", "embedded shapes",
      "round ", "needs ", "tuned: ", "not tuned: ", "checking this device",
    ]
    return starts.contains { line.hasPrefix("drnet: " + $0) } || line.contains(" held-out ")
  }
}

extension Workspace {
  /// Folders `0`, `1`, ... of grey frames `0.png`, `1.png`, ... of 64 px, all of them different.
  func writeFrames(clips: Int, frames: Int, in folder: String) throws {
    for clip in 0..<clips {
      for frame in 0..<frames {
        let pixels = (0..<64 * 64).map { UInt8(truncatingIfNeeded: $0 / 64 * (clip + 1) + 8 * frame) }
        let url = self["\(folder)/\(clip)/\(frame).png"]
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try PNGImage(width: 64, height: 64, channels: 1, pixels: pixels).write(to: url)
      }
    }
  }
}

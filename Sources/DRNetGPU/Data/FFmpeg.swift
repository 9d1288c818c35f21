import Foundation

/// The ffmpeg program, which reads and writes videos for us: a process of its own, so that no codec's fault is ours.
struct FFmpeg {
  let program: URL

  /// - Parameter purpose: the file that needs ffmpeg, and what to do without, for the error.
  /// - Throws: `DataError` where there is no ffmpeg in PATH.
  init(for purpose: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates = path.split(separator: ":").map { URL(filePath: String($0)).appending(path: "ffmpeg") }
    guard let program = candidates.first(where: { access($0.path, X_OK) == 0 }) else {
      throw DataError("\(purpose); there is no ffmpeg in PATH: install it (apt install ffmpeg)")
    }
    self.program = program
  }

  /// A process under way.
  final class Running {
    private let process = Process()
    /// Our end of a socket that is the program's standard input; -1 once closed. A socket, unlike a pipe, can be told not
    /// to end our process where the other end is gone.
    private var input: Int32
    private let messages: FileHandle

    fileprivate init(_ program: URL, _ arguments: [String]) throws {
      var ends: [Int32] = [-1, -1]
      guard let file = tmpfile(),
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
      else { throw FileError(program, cannot: "start", errno: errno) }
      messages = FileHandle(fileDescriptor: dup(fileno(file)), closeOnDealloc: true)
      fclose(file)
      input = ends[0]
      process.executableURL = program
      process.arguments = ["-hide_banner", "-nostdin", "-loglevel", "error"] + arguments
      process.standardInput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = messages
      // The program alone holds its end, so that we notice when it is gone.
      defer { close(ends[1]) }
      try process.run()
    }

    /// Ends the program as it stands, and waits until it writes no more.
    func stop() {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      closeInput()
      process.waitUntilExit()
    }

    /// Gives the program all of `bytes`; false where it takes no more.
    func give(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent < 0 {
          if errno == EINTR { continue }
          return false
        }
        rest = rest.dropFirst(sent)
      }
      return true
    }

    /// Ends the input and waits for the program; nil where it succeeded, otherwise what it said. A full disk it only tells
    /// of, with status 0.
    func finish() -> String? {
      closeInput()
      process.waitUntilExit()
      try? messages.seek(toOffset: 0)
      let text = String(decoding: (try? messages.read(upToCount: 1 << 12)) ?? Data(), as: UTF8.self)
      let lines = text.split(whereSeparator: \.isNewline)
      if !lines.isEmpty { return lines.joined(separator: "; ") }
      let isWell = process.terminationReason == .exit && process.terminationStatus == 0
      return isWell ? nil : "it ended with status \(process.terminationStatus)"
    }

    private func closeInput() {
      if input >= 0 { close(input) }
      input = -1
    }
  }

  /// Starts the program, whose messages are only errors.
  func start(_ arguments: [String]) throws -> Running { try Running(program, arguments) }

  /// What the program prints.
  func output(_ arguments: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = program
    process.arguments = ["-hide_banner", "-nostdin", "-loglevel", "error"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}

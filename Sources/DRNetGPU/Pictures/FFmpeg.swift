import Files
import Foundation

/// The ffmpeg program, which reads and writes videos. It is a separate process, so that a crash of a codec does not
/// crash this one.
struct FFmpeg: Sendable {
  let program: URL

  /// - Parameter purpose: what needs ffmpeg and what does not, for the error.
  /// - Throws: `FileError` if there is no ffmpeg in PATH.
  init(for purpose: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates = path.split(separator: ":").map { URL(filePath: String($0)).appending(path: "ffmpeg") }
    guard let program = candidates.first(where: { access($0.path, X_OK) == 0 }) else {
      throw FileError("\(purpose); there is no ffmpeg in PATH: install it (apt install ffmpeg)")
    }
    self.program = program
  }

  /// A running process, whose messages are errors only.
  final class Running {
    private let process = Process()
    private let messages: FileHandle
    /// Our end of the program's input or output; -1 once closed. It is a socket, since a pipe whose other end is closed
    /// would end our process by SIGPIPE.
    private var end: Int32

    fileprivate init(_ program: URL, _ arguments: [String], reads isReader: Bool) throws {
      var ends: [Int32] = [-1, -1]
      guard let file = tmpfile(),
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
      else { throw FFmpegError(description: "\(program.path): cannot start: \(String(cString: strerror(errno)))") }
      messages = FileHandle(fileDescriptor: dup(fileno(file)), closeOnDealloc: true)
      fclose(file)
      end = ends[0]
      let theirs = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
      process.executableURL = program
      process.arguments = arguments
      process.standardInput = isReader ? theirs : .nullDevice
      process.standardOutput = isReader ? .nullDevice : theirs
      process.standardError = messages
      // Only the program holds its end, so that we notice when it exits.
      defer { close(ends[1]) }
      try process.run()
    }

    /// Kills the program, and waits until it has ended.
    func stop() {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      closeEnd()
      process.waitUntilExit()
    }

    /// Sends all of `bytes` to the program; false if it accepts no more.
    func give(_ bytes: [UInt8]) -> Bool {
      bytes.withUnsafeBytes { bytes in
        writeAll(bytes) { send(end, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      }
    }

    /// Reads `count` bytes from the program, or fewer if it ends before.
    func take(_ count: Int) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: count) { buffer, taken in
        while taken < count {
          let got = read(end, buffer.baseAddress! + taken, count - taken)
          if got < 0, errno == EINTR { continue }
          if got <= 0 { break }
          taken += got
        }
      }
    }

    /// Waits for the program's end; nil if it succeeded, otherwise its message. ffmpeg ends with status 0 on a full
    /// disk, so its message counts too.
    func finish() -> String? {
      closeEnd()
      process.waitUntilExit()
      try? messages.seek(toOffset: 0)
      let text = String(decoding: (try? messages.read(upToCount: 1 << 12)) ?? Data(), as: UTF8.self)
      // Removes the part of the program that wrote a line, "[mov,mp4 @ 0x55d0] ", which differs from run to run.
      let lines = text.replacing(#/\[[^\]\n]* @ 0x[0-9a-f]+\] /#, with: "").split(whereSeparator: \.isNewline)
      if let full = lines.first(where: { $0.contains("No space left") }) { return String(full) }
      // The first line says what is wrong, the last what could not be done; those between repeat it.
      if let first = lines.first { return lines.count == 1 ? String(first) : "\(first); \(lines[lines.count - 1])" }
      let succeeded = process.terminationReason == .exit && process.terminationStatus == 0
      return succeeded ? nil : "it ended with status \(process.terminationStatus)"
    }

    private func closeEnd() {
      if end >= 0 { close(end) }
      end = -1
    }
  }

  /// Runs ffprobe, which comes with ffmpeg, and returns its answer or its error message.
  func probe(_ arguments: [String]) throws -> Result<String, FFmpegError> {
    let probe = program.deletingLastPathComponent().appending(path: "ffprobe")
    let running = try Running(probe, ["-v", "error"] + arguments, reads: false)
    let text = String(decoding: running.take(Self.maxAnswerSize), as: UTF8.self)
    return running.finish().map { .failure(FFmpegError(description: $0)) } ?? .success(text)
  }

  /// Bytes.
  private static let maxAnswerSize = 1 << 16

  /// Starts the program. If it `reads`, we write to its standard input, otherwise we read its standard output.
  func start(_ arguments: [String], reads: Bool) throws -> Running {
    try Running(program, ["-hide_banner", "-nostdin", "-loglevel", "error"] + arguments, reads: reads)
  }
}

/// A failure of ffmpeg itself, or its error message; only the caller knows which file it is about.
struct FFmpegError: Error, CustomStringConvertible { let description: String }

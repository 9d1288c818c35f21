import Files
import Foundation

/// The ffmpeg program, which reads and writes videos for us: a process of its own, so that no codec's fault is ours.
struct FFmpeg: Sendable {
  let program: URL

  /// - Parameter purpose: what needs ffmpeg and what does not, for the error.
  /// - Throws: `FileError` where there is no ffmpeg in PATH.
  init(for purpose: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates = path.split(separator: ":").map { URL(filePath: String($0)).appending(path: "ffmpeg") }
    guard let program = candidates.first(where: { access($0.path, X_OK) == 0 }) else {
      throw FileError("\(purpose); there is no ffmpeg in PATH: install it (apt install ffmpeg)")
    }
    self.program = program
  }

  /// A process under way, which says nothing but errors.
  final class Running {
    private let process = Process()
    private let messages: FileHandle
    /// Our end of what the program reads or writes; -1 once closed. A socket, unlike a pipe, can be told not to end our
    /// process where the other end is gone.
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
      // The program alone holds its end, so that we notice when it is gone.
      defer { close(ends[1]) }
      try process.run()
    }

    /// Ends the program as it stands, and waits until it writes no more.
    func stop() {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      closeEnd()
      process.waitUntilExit()
    }

    /// Gives the program all of `bytes`; false where it takes no more.
    func give(_ bytes: [UInt8]) -> Bool {
      bytes.withUnsafeBytes { bytes in
        writeAll(bytes) { send(end, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      }
    }

    /// Takes `count` bytes from the program, or fewer where it ends before.
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

    /// Waits for the program's end; nil where it succeeded, otherwise what it said. A full disk it only tells of, with
    /// status 0.
    func finish() -> String? {
      closeEnd()
      process.waitUntilExit()
      try? messages.seek(toOffset: 0)
      let text = String(decoding: (try? messages.read(upToCount: 1 << 12)) ?? Data(), as: UTF8.self)
      // Without the part of the program that speaks, "[mov,mp4 @ 0x55d0] ", which differs from run to run.
      let lines = text.replacing(#/\[[^\]\n]* @ 0x[0-9a-f]+\] /#, with: "").split(whereSeparator: \.isNewline)
      if let full = lines.first(where: { $0.contains("No space left") }) { return String(full) }
      // The first line says what is wrong, the last what could not be done, those between repeat it.
      if let first = lines.first { return lines.count == 1 ? String(first) : "\(first); \(lines[lines.count - 1])" }
      let isWell = process.terminationReason == .exit && process.terminationStatus == 0
      return isWell ? nil : "it ended with status \(process.terminationStatus)"
    }

    private func closeEnd() {
      if end >= 0 { close(end) }
      end = -1
    }
  }

  /// What ffprobe, which comes with ffmpeg, answers; or what it says is wrong.
  func probe(_ arguments: [String]) throws -> Result<String, FFmpegError> {
    let probe = program.deletingLastPathComponent().appending(path: "ffprobe")
    let running = try Running(probe, ["-v", "error"] + arguments, reads: false)
    let text = String(decoding: running.take(Self.longestAnswer), as: UTF8.self)
    return running.finish().map { .failure(FFmpegError(description: $0)) } ?? .success(text)
  }

  private static let longestAnswer = 1 << 16

  /// Starts the program to read what we give it on its standard input, or else to write to us on its standard output.
  func start(_ arguments: [String], reads: Bool) throws -> Running {
    try Running(program, ["-hide_banner", "-nostdin", "-loglevel", "error"] + arguments, reads: reads)
  }
}

/// What is wrong with ffmpeg itself, or what it said: not the fault of one file, unless the caller knows which.
struct FFmpegError: Error, CustomStringConvertible { let description: String }

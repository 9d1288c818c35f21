import Files
import Foundation

/// A running ffmpeg or ffprobe, whose messages are errors only.
final class FFmpegProcess {
  /// How the program ended.
  struct Ending {
    /// What it said, in one line; nil if nothing.
    let message: String?
    fileprivate let ending: ChildProcess.Ending
    /// Whether it exited with status 0.
    var hasSucceeded: Bool { ending == .exit(0) }
    /// Why it failed.
    var reason: String { message ?? "it \(ending)" }
  }

  private let process: ChildProcess
  /// The program's messages: a file without a name, which cannot block it as a pipe could.
  private let messages: FileHandle
  /// Our end of the program's input or output; -1 once closed. It is a socket, since a pipe whose other end is closed
  /// would end our process by SIGPIPE.
  private var end: Int32

  init(_ program: URL, _ arguments: [String], reads isReader: Bool) throws {
    let file = try openScratchFile(
      in: FileManager.default.temporaryDirectory, action: "write temporary files (set TMPDIR to use another folder)")
    messages = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw FileError(program, cannot: "start this program", errno: errno)
    }
    // Only the program holds its end, so that we notice when it exits.
    defer { close(ends[1]) }
    let theirs = ChildProcess.Stream.descriptor(ends[1])
    do {
      process = try ChildProcess(
        program, arguments, input: isReader ? theirs : .null, output: isReader ? .null : theirs,
        errors: .descriptor(file))
    } catch {
      close(ends[0])
      throw error
    }
    end = ends[0]
  }

  /// Kills the program, and waits until it has ended.
  func stop() {
    closeEnd()
    process.stop()
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

  /// Waits for the program's end.
  func finish() -> Ending {
    closeEnd()
    let ending = process.wait()
    try? messages.seek(toOffset: 0)
    let text = String(decoding: (try? messages.read(upToCount: 1 << 16)) ?? Data(), as: UTF8.self)
    return Ending(message: Self.summary(text), ending: ending)
  }

  /// The first message says what is wrong, the last what could not be done; those between repeat it.
  private static func summary(_ text: String) -> String? {
    // Removes the part of the program that wrote a line, "[mov,mp4 @ 0x55d0] ", which differs from run to run. Of time stamps
    // that do not increase only our raw output is told, where they do not matter.
    let lines = text.replacing(#/\[[^\]\n]* @ 0x[0-9a-f]+\] /#, with: "").split(whereSeparator: \.isNewline)
      .filter { !$0.contains("dts to muxer") && !$0.contains("Last message repeated") }
    guard let first = lines.first, let last = lines.last else { return nil }
    if let full = lines.first(where: { $0.contains("No space left") }) { return String(full) }
    return first == last ? String(first) : "\(first); \(last)"
  }

  private func closeEnd() {
    if end >= 0 { close(end) }
    end = -1
  }
}

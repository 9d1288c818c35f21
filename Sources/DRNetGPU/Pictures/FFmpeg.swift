import Files
import Foundation
import Synchronization

/// The ffmpeg program, which reads and writes videos. It is a separate process, so that a crash of a codec does not
/// crash this one, and any version of it will do.
struct FFmpeg: Sendable {
  let program: URL

  /// - Parameter purpose: what needs ffmpeg and what does not, for the error.
  /// - Throws: `FileError` if there is no ffmpeg in PATH.
  init(for purpose: String) throws {
    guard let program = Self.folders.lazy.map({ $0.appending(path: "ffmpeg") }).first(where: Self.isProgram) else {
      throw FileError("\(purpose); there is no ffmpeg in PATH: install it (apt install ffmpeg)")
    }
    self.program = program
  }

  private static var folders: [URL] {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { URL(filePath: String($0)) }
  }

  private static func isProgram(_ url: URL) -> Bool {
    (try? DataFile.isFile(url)) == true && access(url.path, X_OK) == 0
  }

  /// Starts the program. If it `reads`, we write to its standard input, otherwise we read its standard output.
  func start(_ arguments: [String], reads: Bool) throws -> FFmpegProcess {
    try FFmpegProcess(program, ["-hide_banner", "-nostdin", "-loglevel", "error"] + arguments, reads: reads)
  }

  /// Runs ffprobe, which comes with ffmpeg, and returns its answer or its error message.
  /// - Throws: `FFmpegError` if there is no ffprobe.
  func probe(_ arguments: [String]) throws -> Result<String, FFmpegError> {
    let beside = program.deletingLastPathComponent()
    guard let probe = ([beside] + Self.folders).map({ $0.appending(path: "ffprobe") }).first(where: Self.isProgram)
    else { throw FFmpegError(description: "there is no ffprobe beside \(program.path): install ffmpeg as a whole") }
    let running = try FFmpegProcess(probe, ["-v", "error"] + arguments, reads: false)
    let text = String(decoding: running.take(Self.maxAnswerSize), as: UTF8.self)
    let ending = running.finish()
    // Decoders complain about frames that do not matter here.
    return ending.hasSucceeded ? .success(text) : .failure(FFmpegError(description: ending.reason))
  }

  /// Bytes.
  private static let maxAnswerSize = 1 << 16

  /// The options with which every frame is passed on once, whatever its time stamp: `-fps_mode` came with ffmpeg 5.1, and
  /// later versions lack `-vsync`.
  var passthrough: [String] {
    get throws { try isBefore(major: 5, minor: 1) ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"] }
  }

  /// Whether the program is a release before this one; builds that are no release count as new.
  private func isBefore(major: Int, minor: Int) throws -> Bool {
    let version = try Self.versions.withLock { versions in
      if let known = versions[program.path] { return known }
      let running = try FFmpegProcess(program, ["-version"], reads: false)
      let text = String(decoding: running.take(Self.maxAnswerSize), as: UTF8.self)
      _ = running.finish()
      // "ffmpeg version 4.4.2-0ubuntu0.22.04.1", "ffmpeg version n7.1", "ffmpeg version N-109542-g5f2c7a2d0e"
      let found = text.firstMatch(of: #/^ffmpeg version n?(\d+)\.(\d+)/#).map {
        [Int($0.1) ?? .max, Int($0.2) ?? .max]
      }
      versions[program.path] = found ?? [.max]
      return found ?? [.max]
    }
    return version.lexicographicallyPrecedes([major, minor])
  }

  private static let versions = Mutex<[String: [Int]]>([:])
}

/// A failure of ffmpeg itself, or its error message; only the caller knows which file it is about.
struct FFmpegError: Error, CustomStringConvertible { let description: String }

import Foundation
import Testing

@testable import Files

@Suite struct ChildProcessTests {
  private static let shell = URL(filePath: "/bin/sh")

  private func shell(_ script: String, environment: [String: String] = [:], output: Int32? = nil) throws -> ChildProcess
  {
    try ChildProcess(
      Self.shell, ["-c", script], environment: environment, output: output.map { .descriptor($0) } ?? .null,
      errors: .null)
  }

  @Test func howItEndsIsTold() throws {
    #expect(try shell("exit 0").wait() == .exit(0))
    let failing = try shell("exit 7")
    #expect(failing.wait() == .exit(7))
    #expect(failing.poll() == .exit(7), "asked again")
    let killed = try shell("kill -SEGV $$").wait()
    #expect(killed == .signal(SIGSEGV))
    #expect("\(killed)" == "was ended by signal 11")
  }

  @Test func whatRunsIsStopped() throws {
    let waiting = try shell("sleep 1000")
    #expect(waiting.poll() == nil)
    waiting.stop()
    #expect(waiting.wait() == .signal(SIGKILL))
    waiting.stop()
  }

  /// It reads nothing, its signals are not blocked, and Ctrl-C reaches only this process.
  @Test func itHasWhatItWasGiven() throws {
    let file = try openScratchFile(in: FileManager.default.temporaryDirectory, action: "write")
    defer { close(file) }
    var blocked = sigset_t()
    sigfillset(&blocked)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    let script = #"read line; echo "$GIVEN:$line:$(cut -d' ' -f5 /proc/$$/stat)-$$"; kill $$"#
    let child = try shell(script, environment: ["GIVEN": "a"], output: file)
    pthread_sigmask(SIG_SETMASK, &before, nil)
    #expect(child.wait() == .signal(SIGTERM))
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(file, &bytes, bytes.count, 0)
    let parts = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(
      separator: ":", omittingEmptySubsequences: false)
    #expect(parts.prefix(2).map(String.init) == ["a", ""])
    let group = try #require(parts.last).split(whereSeparator: { $0 == "-" || $0 == "\n" })
    #expect(group.count == 2 && group[0] == group[1])
  }

  @Test func aProgramThatCannotStartIsNamed() {
    let error = #expect(throws: FileError.self) {
      try ChildProcess(URL(filePath: "/nowhere/program"), [], output: .null, errors: .null)
    }
    #expect(error?.description.contains("/nowhere/program") == true)
  }
}

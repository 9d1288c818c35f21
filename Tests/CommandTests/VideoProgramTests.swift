import Foundation
import TestSupport
import Testing

/// What the machine may deny the programs that read videos.
@Suite(.enabled(if: VideoFixture.isPossible)) struct VideoProgramTests {
  private static let prepare = ["prepare", "videos", "--from", "videos", "--clip-frames", "10", "--out", "a.clips"]

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try VideoFixture.write(workspace["videos/a.mp4"], frames: 40)
    return workspace
  }

  /// Runs `prepare` as the program that `prefix` starts.
  private func run(_ prefix: [String], in workspace: Workspace) throws -> Workspace.Outcome {
    // Killed if it hangs.
    try workspace.run(
      ["-s", "KILL", "60"] + prefix + [Workspace.command.path] + Self.prepare,
      program: URL(filePath: "/usr/bin/timeout"))
  }

  @Test func tooFewDescriptorsAreOneLine() throws {
    let workspace = try workspace()
    let limited = ["/bin/sh", "-c", "ulimit -n 6; exec \"$0\" \"$@\""]
    let outcome = try run(limited, in: workspace)
    #expect(outcome.status == 1)
    #expect(
      outcome.messages == ["drnet: at most 6 files may be open, but drnet needs 16; raise the limit (ulimit -n)"])
    #expect(!FileManager.default.fileExists(atPath: workspace["a.clips"].path))
  }

  /// Swift's threads and the compilers of kernels need more.
  @Test(arguments: ["", "-S "]) func aShortStackIsOneLine(_ kind: String) throws {
    let workspace = try workspace()
    let outcome = try run(["/bin/sh", "-c", "ulimit \(kind)-s 64; exec \"$0\" \"$@\""], in: workspace)
    #expect(outcome.status == 1)
    #expect(
      outcome.messages
        == ["drnet: the stack may have at most 64 KB, but drnet needs 1024; raise the limit (ulimit -s)"])
  }

  private static let unshare = ["/usr/bin/unshare", "--map-root-user", "--net"]

  private static var canUnshare: Bool {
    (try? Workspace().run(Array(unshare.dropFirst()) + ["true"], program: URL(filePath: unshare[0])).status) == 0
  }

  @Test(.enabled(if: canUnshare)) func noNetworkIsNeeded() throws {
    let workspace = try workspace()
    let outcome = try run(Self.unshare, in: workspace)
    #expect(outcome.status == 0 && outcome.messages.isEmpty, "\(outcome.messages)")
  }
}

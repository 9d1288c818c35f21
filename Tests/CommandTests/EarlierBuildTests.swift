import DRNetGPU
import Foundation
import Testing

/// Files written by a build from before the division into targets; `Tests/Fixtures/Earlier/README.md` describes how.
@Suite struct EarlierBuildTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Earlier")

  private func workspace(with names: [String]) throws -> Workspace {
    let workspace = try Workspace()
    for name in names {
      try FileManager.default.copyItem(at: Self.fixtures.appending(path: name), to: workspace[name])
    }
    return workspace
  }

  private func rows(_ url: URL) throws -> [[String: Double]] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
    }
  }

  /// The losses of the following steps match those of the earlier build. Another machine's BLAS may sum in another order,
  /// which changes some units in the last place of float32 (6e-8). Two steps of Adam at a learning rate of 0.002 amplify
  /// this, hence 1e-4.
  @Test func aRunResumesAsBefore() throws {
    let workspace = try workspace(with: ["run", "metrics-after-resume.jsonl"])
    // Git keeps no empty folder.
    try FileManager.default.createDirectory(at: workspace["run/images"], withIntermediateDirectories: true)
    try workspace.succeed(["train", "--resume", "run", "--steps", "4"] + TinyRun.cpu)
    let (rows, earlier) = try (
      self.rows(workspace["run/metrics.jsonl"]), self.rows(workspace["metrics-after-resume.jsonl"])
    )
    #expect(rows.count == earlier.count)
    for (row, before) in zip(rows, earlier) {
      for name in ["step", "frames", "reconstruction", "similarity", "adversarial", "discriminator"] {
        guard let expected = before[name] else {
          #expect(row[name] == nil)
          continue
        }
        let found = try #require(row[name], "\(name) is gone")
        #expect(abs(found - expected) <= 1e-4 * max(1, abs(expected)), "\(name) of step \(before["step"] ?? 0)")
      }
    }
    try workspace.succeed(["train-pose", "run", "--resume", "--steps", "3"] + TinyRun.cpu)
    try workspace.succeed(["generate", "run", "--frames", "2", "--clips", "1"] + TinyRun.cpu)
    try workspace.succeed(["report", "run"])
  }

  @Test func preparedClipsAreRead() throws {
    let workspace = try workspace(with: ["videos.clips"])
    try workspace.succeed(
      [
        "train", "--data", "clips", "--data-root", "videos.clips", "--width", "1", "--content-dim", "4", "--pose-dim",
        "2", "--batch-size", "2", "--max-step", "3", "--steps", "1", "--out", "run",
      ] + TinyRun.cpu)
  }
}

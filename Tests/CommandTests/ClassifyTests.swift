import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct ClassifyTests {
  private let few = ["--label-counts", "10,20", "--held-out-clips", "8", "--draws", "2", "--frames", "2"] + TinyRun.cpu

  @Test func aRunIsClassifiedAndTheTableIsStored() throws {
    let workspace = try TinyRun.copy()
    let outcome = try workspace.run(["classify", "run"] + few)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.results.contains { $0.hasPrefix("class, labels") })
    #expect(outcome.results.contains { $0.hasPrefix("pixels: the frames reduced to 16 x 16 px") })
    let stored = try JSONDecoder().decode(
      Classification.self, from: Data(contentsOf: workspace["run/classification.json"]))
    #expect(stored.readings.count == 2 * 2 * 3 && stored.step == 20 && stored.heldOutClips == 8)
    #expect(outcome.results.contains(stored.setting))
    try workspace.succeed(["report", "run"])
    #expect(try String(contentsOf: workspace["run/index.html"], encoding: .utf8).contains("Classes from few labels"))
    // A new training takes it away with the old one's other results.
    try workspace.succeed(["train", "--force", "--out", "run"] + TinyRun.settings + TinyRun.cpu)
    #expect(!FileManager.default.fileExists(atPath: workspace["run/classification.json"].path))
  }

  @Test(arguments: [
    ["--label-counts", "1"], ["--label-counts", "10,10"], ["--classes", "a,"], ["--classes", "a,a"],
    ["--label-counts", "x"], ["--draws", "0"], ["--frames", "0"],
  ])
  func numbersOutOfRangeAreUsage(_ flags: [String]) throws {
    try Workspace().expectFailure(["classify", "run"] + flags, status: 2, says: [flags.joined(separator: " ")])
  }

  @Test func whatCannotBeClassifiedIsOneLine() throws {
    let workspace = try TinyRun.copy()
    try workspace.expectFailure(
      ["classify", "run", "--classes", "side"] + few, status: 2, says: ["--classes side", "class"])
    try workspace.writeFrames(clips: 3, frames: 6, in: "clips")
    try workspace.succeed(
      ["train", "--out", "own", "--max-step", "3"] + TinyRun.settings + ["--data", "frames", "--data-root", "clips"]
        + TinyRun.cpu)
    try workspace.expectFailure(["classify", "own"] + few, says: ["no labels to classify", "--labels folders"])
  }
}

import Foundation
import Testing

@testable import DRNetGPU
@testable import Files

@Suite struct ClipReaderTests {
  private struct Failure: Error {}

  /// Ten clips, every third of them broken.
  private struct Clips: IndexedClipReader {
    let imageSize = 1
    let channels = 1
    let classes: [ClipClass] = []
    let factors: [ClipFactor] = []
    var count = 10

    func name(at index: Int) -> String { "clip \(index)" }
    func clip(at index: Int) throws -> PreparedClip {
      precondition((0..<count).contains(index))
      Thread.sleep(forTimeInterval: index.isMultiple(of: 2) ? 0.01 : 0)
      if index % 3 == 2 { throw FileError("number \(index)") }
      return PreparedClip(
        name: name(at: index), split: .training, labels: [], factors: [[]], frames: [[UInt8(index)]], isCircular: false)
    }
  }

  @Test(arguments: [1, 3], [0, 4]) func clipsComeInOrderAndBrokenOnesWithTheirReason(threads: Int, first: Int) throws {
    var seen: [String] = []
    try Clips().readClips(from: first, threads: threads) { index, clip in
      switch clip {
      case .clip(let clip): seen.append("\(index): \(clip.name)")
      case .broken(_, let error): seen.append("\(index): \(error)")
      case .remark: break
      }
    }
    #expect(seen == (first..<10).map { $0 % 3 == 2 ? "\($0): number \($0)" : "\($0): clip \($0)" })
  }

  @Test func aBodyThatFailsEndsTheReading() {
    var calls = 0
    #expect(throws: Failure.self) {
      try Clips().readClips { index, _ in
        calls += 1
        if index == 3 { throw Failure() }
      }
    }
    #expect(calls == 4)
  }

  @Test func nothingIsReadOfNothing() throws {
    try Clips(count: 0).readClips { _, _ in Issue.record("there is no clip") }
    try Clips().readClips(from: 10) { _, _ in Issue.record("there is no clip") }
  }
}

import Foundation
import TensorEngine
import Testing

@testable import DRNetGPU

@Suite("What a judge sees in swaps")
struct JudgeMeasurementTests {
  /// Knows that content is the level of a flat frame and pose the rest.
  private struct PerfectModel: ContentPoseModel {
    var decodesVectors = true
    /// What is added to the pose of every frame for each unit of content: 0 if pose knows nothing of content.
    var leak: Float = 0

    private func level(_ value: Float) -> Float { value < 0.5 ? FlatClips.levels[0] : FlatClips.levels[1] }
    private func each(_ frames: HostTensor, _ body: (Float) -> Float) -> HostTensor {
      HostTensor([frames.shape[0], 1], (0..<frames.shape[0]).map { body(frames.rows($0..<$0 + 1).values[0]) })
    }
    func pose(of frames: HostTensor) -> HostTensor { each(frames) { $0 - (1 - leak) * level($0) } }
    func content(of frames: HostTensor) -> HostTensor { each(frames) { (1 - leak) * level($0) } }
    func vectors(of content: HostTensor) -> HostTensor { content }
    func decode(_ content: HostTensor, pose: HostTensor) -> HostTensor { decode(content: content, pose: pose) }
    func decode(content: HostTensor, pose: HostTensor) -> HostTensor {
      HostTensor(
        [pose.shape[0], 1, 64, 64],
        zip(content.values, pose.values).flatMap { [Float](repeating: $0 + $1, count: 64 * 64) })
    }
  }

  /// Tells the level of the first frame, and whether the last one is lighter; it is always sure.
  private static func judge(_ frames: [HostTensor]) -> [HostTensor] {
    let rows = 0..<frames[0].shape[0]
    func value(_ frame: HostTensor, _ row: Int) -> Float { frame.rows(row..<row + 1).values[0] }
    let last = frames[frames.count - 1]
    return [
      HostTensor(oneHot: rows.map { value(frames[0], $0) < 0.5 ? 0 : 1 }, count: 2),
      HostTensor(oneHot: rows.map { value(last, $0) < value(frames[0], $0) ? 0 : 1 }, count: 2),
    ]
  }

  private func measured(
    _ model: PerfectModel = PerfectModel(), count: Int = 120, seed: UInt64 = 7
  ) throws -> Judgement {
    let source = FlatClips()
    let description = JudgeDescription(
      classes: source.classes, frames: 3, imageSize: 64, channels: 1, width: 2, clips: source.summary, steps: 1,
      seed: 1, accuracies: [1, 1], heldOutClips: 10)
    return try JudgeMeasurement(model, Self.judge, description, source, count: count, repeats: 3, seed: seed)
      .measure { false }
  }

  private func reading(_ name: String, _ clips: Judgement.Clips, of judgement: Judgement) throws -> Judgement.Reading {
    try #require(judgement.readings.first { $0.name == name && $0.clips == clips })
  }

  private func accuracy(_ name: String, _ clips: Judgement.Clips, of judgement: Judgement) throws -> Double {
    try #require(reading(name, clips, of: judgement).spread(of: \.accuracy)).median
  }

  @Test("The level is kept from the content and the motion from the pose")
  func perfect() throws {
    let found = try measured()
    #expect(found.readings.count == 2 * 5 && found.heldOutClips == 120 && found.leftOut.isEmpty)
    let kept: [(String, Judgement.Clips)] = [
      ("level", .swapKeptFromContent), ("motion", .swapKeptFromPose), ("motion", .sampledContent),
    ]
    let own = ["level", "motion"].flatMap { name in
      [Judgement.Clips.trueClips, .reconstructions].map { (name, $0) }
    }
    for (name, clips) in kept + own {
      let reading = try reading(name, clips, of: found)
      #expect(reading.scores.count == 3 && reading.chance == 0.5)
      for scores in reading.scores {
        #expect(scores.accuracy == 1 && scores.conditionalEntropy == 0 && abs(scores.inceptionScore - 2) < 1e-9)
      }
    }
    // Pairs are drawn at random: half of about 100 clips, five standard deviations.
    for (name, clips) in [("level", Judgement.Clips.swapKeptFromPose), ("motion", .swapKeptFromContent)] {
      for scores in try reading(name, clips, of: found).scores { #expect((0.25...0.75).contains(scores.accuracy)) }
    }
  }

  @Test("A model whose pose holds all of the content keeps the level from the pose")
  func leak() throws {
    let found = try measured(PerfectModel(leak: 1))
    #expect(try accuracy("level", .swapKeptFromPose, of: found) == 1)
    #expect(try accuracy("level", .sampledContent, of: found) == 1)
    #expect(try accuracy("level", .swapKeptFromContent, of: found) < 0.75)
  }

  @Test("Without vectors to decode no content is sampled, and that is told")
  func skips() throws {
    let found = try measured(PerfectModel(decodesVectors: false))
    #expect(!found.readings.contains { $0.clips == .sampledContent } && found.gaussianClips == nil)
    #expect(found.leftOut.count == 1 && found.leftOut[0].contains("decoder with skips"))
  }

  @Test("One seed gives the same numbers, which survive the file; another gives other pairs")
  func repeatable() throws {
    let found = try measured()
    #expect(try measured() == found && measured(seed: 8) != found)
    let text = try JSONEncoder().encode(found)
    #expect(try JSONDecoder().decode(Judgement.self, from: text) == found)
  }

  @Test("Two clips are swapped with each other, never with themselves")
  func two() throws {
    // With two clips, of seeds that draw two different levels, a swap never keeps the level of the pose's clip.
    let judgements = try (UInt64(0)..<12).map { try measured(count: 2, seed: $0) }
    let different = try judgements.filter { try reading("level", .trueClips, of: $0).chance == 0.5 }
    #expect(!different.isEmpty)
    for judgement in different {
      for scores in try reading("level", .swapKeptFromPose, of: judgement).scores { #expect(scores.accuracy == 0) }
    }
  }

  @Test("A table has a row for each kind of clips")
  func table() throws {
    let tables = try measured().tables
    #expect(tables.map(\.name) == ["level", "motion"])
    #expect(tables[1].rows[0] == ["motion", "accuracy", "IS", "H(y|x)", "H(y)", "chance"])
    #expect(
      tables[1].rows.dropFirst().map { $0[0] } == [
        "true clips", "reconstructions", "swap, kept from the pose", "swap, kept from the content",
        "content sampled, kept from the pose",
      ])
    #expect(tables[1].rows[3] == ["swap, kept from the pose", "1.0000", "2.000", "0.0000", "0.693", "0.50"])
  }
}

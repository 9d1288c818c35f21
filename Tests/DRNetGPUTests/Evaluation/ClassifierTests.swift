import Foundation
import TensorEngine
import TestSupport
import Testing

@testable import DRNetGPU

@Suite("Classification with few labels and with many")
struct ClassifierTests {
  /// Clips of flat frames: which half of the levels a clip has is a class, a coin is another.
  private struct Levels: LabelledSource {
    var channels: Int { 1 }
    var imageSize: Int { 64 }
    var summary: String { "levels" }
    var classes = [ClipClass("half", ["dark", "light"]), ClipClass("coin", ["heads", "tails"])]
    let factors: [ClipFactor] = []
    var trainingClips: Int?
    func clipCount(_ split: Split) -> Int? { split == .training ? trainingClips : nil }
    func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> (level: Float, coin: Int) {
      (random.uniform(), random.integer(in: 0...1))
    }
    func render(_ clip: (level: Float, coin: Int), frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
      pixels.update(repeating: clip.level)
    }
    func labels(of clip: (level: Float, coin: Int)) -> [Int] { [clip.level < 0.5 ? 0 : 1, clip.coin] }
    func factors(of clip: (level: Float, coin: Int), frame index: Int) -> [Float] { [] }
  }

  private func classifier() throws -> Classifier {
    let backend = CPUBackend()
    let model = try DRNet(
      DRNet.Sizes(channels: 1, width: 2, contentDim: 6, poseDim: 3, normalise: false), on: backend)
    try model.initialise(seed: 1, on: backend)
    var classifier = Classifier(FeatureExtractor(model, on: backend))
    (classifier.counts, classifier.heldOutClips, classifier.frames, classifier.draws) = ([10, 40], 50, 2, 3)
    return classifier
  }

  @Test("What can be told is told from each input, and what cannot be told is not")
  func accuracies() throws {
    let found = try classifier().classify(Levels())
    #expect(found.readings.count == 2 * 2 * 2 * 3 && found.trainingSet == nil && found.heldOutClips == 50)
    for reading in found.readings {
      #expect(reading.accuracies.count == 3 && (0.4...0.7).contains(reading.chance))
      if reading.name == "coin" { #expect((0.25...0.75).contains(try #require(reading.spread).median)) }
    }
    let half = found.readings.filter { $0.name == "half" && $0.labelled == 40 }
    #expect(Set(half.map(\.input)) == Set(Classification.Input.allCases))
    for reading in half where reading.kind == .mlp || reading.input == .pixels {
      #expect(try #require(reading.spread).median > 0.8)
    }
    let few = found.readings.filter { $0.name == "half" && $0.labelled == 10 }
    #expect(few.compactMap(\.spread?.median).reduce(0, +) < half.compactMap(\.spread?.median).reduce(0, +))
    #expect(try classifier().classify(Levels()) == found)
    #expect(try JSONDecoder().decode(Classification.self, from: JSONEncoder().encode(found)) == found)
  }

  @Test("A class of one value is left out, and that is told")
  func leftOut() throws {
    struct OneValue: LabelledSource {
      let inner = Levels()
      var channels: Int { 1 }
      var imageSize: Int { 64 }
      var summary: String { "one value" }
      let classes = [ClipClass("half", ["dark", "light"]), ClipClass("same", ["a", "b"])]
      let factors: [ClipFactor] = []
      func clipCount(_ split: Split) -> Int? { nil }
      func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> (level: Float, coin: Int) {
        inner.drawClip(split, length: length, random: &random)
      }
      func render(_ clip: (level: Float, coin: Int), frame: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
        inner.render(clip, frame: frame, into: pixels)
      }
      func labels(of clip: (level: Float, coin: Int)) -> [Int] { [clip.level < 0.5 ? 0 : 1, 0] }
      func factors(of clip: (level: Float, coin: Int), frame index: Int) -> [Float] { [] }
    }
    let found = try classifier().classify(OneValue())
    #expect(Set(found.readings.map(\.name)) == ["half"] && found.leftOut?.hasPrefix("left out: same, since") == true)
  }

  @Test("One class alone, and its table")
  func table() throws {
    var classifier = try classifier()
    classifier.draws = 1
    let tables = try classifier.classify(Levels(), ["coin"]).tables
    #expect(tables.map(\.name) == ["coin"])
    #expect(
      tables[0].rows[0] == [
        "coin, labels", "content, linear", "pose, linear", "pixels, linear", "content, MLP", "pose, MLP", "pixels, MLP",
        "chance",
      ])
    #expect(tables[0].rows.dropFirst().map { $0[0] } == ["10", "40"])
  }

  @Test("What cannot be classified is told")
  func faults() throws {
    let classifier = try classifier()
    #expect(message { _ = try classifier.classify(Levels(), ["side"]) } == "--classes side: expected half, coin")
    #expect(
      message { _ = try classifier.classify(Levels(trainingClips: 30)) }
        == "--label-counts 40: expected at most 30, the training clips that there are")
    var usual = classifier
    (usual.counts, usual.draws) = (nil, 1)
    #expect(try Set(usual.classify(Levels(), ["half"]).readings.map(\.labelled)) == [50, 200, 1000])
  }

  @Test("Inputs are the mean content, all poses, and frames reduced by means of squares")
  func inputs() throws {
    let source = Levels()
    let clips = try source.differentClips(
      step: 0, size: 3, length: 2, split: .training, seed: 1, purpose: .tests)
    let extractor = try classifier().extractor
    let seen = try ClassifiedClips(clips, frames: 2, of: source, by: extractor)
    let features = try extractor.encode(source.frames(of: clips, at: 0))
    for (found, expected) in zip(seen.inputs[.content]!.values, features.content.values) {
      #expect(abs(found - expected) < 1e-6)
    }
    #expect(
      seen.inputs[.pose]!.shape == [3, 6]
        && seen.inputs[.pose]!.rows(0..<1).values[0..<3] == features.pose.values[0..<3])
    #expect(seen.inputs[.pixels]!.shape == [3, 2 * 256])
    for (row, clip) in clips.enumerated() {
      for value in seen.inputs[.pixels]!.rows(row..<row + 1).values { #expect(abs(value - clip.level) < 1e-6) }
    }
    #expect(seen.labels == [clips.map { $0.level < 0.5 ? 0 : 1 }, clips.map(\.coin)])
  }
}

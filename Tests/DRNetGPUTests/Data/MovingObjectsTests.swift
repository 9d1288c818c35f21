import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct MovingObjectsTests {
  /// Positions that the PyTorch reference's rule gives.
  @Test func bouncesLikeTheReference() {
    func path(_ y: Int, _ x: Int, _ velocity: (y: Int, x: Int), _ length: Int) -> [[Int]] {
      MovingClip.path(from: ObjectPosition(y: y, x: x), velocity: velocity, farthest: 32, length: length)
        .map { [$0.y, $0.x] }
    }
    #expect(
      path(30, 2, (y: 4, x: -3), 14) == [
        [30, 2], [32, 0], [28, 3], [24, 6], [20, 9], [16, 12], [12, 15], [8, 18], [4, 21], [0, 24], [0, 27], [4, 30],
        [8, 32], [12, 29],
      ])
    #expect(path(0, 31, (y: -1, x: 1), 5) == [[0, 31], [0, 32], [1, 32], [2, 31], [3, 30]])
  }

  @Test func constantVelocityIsThatOfTheLastTwoFramesAndStopsAtTheBorder() throws {
    let source = try MovingObjects(EmbeddedSprites(), objects: 2)
    let clips = try source.clips(step: 0, size: 20, length: 12, split: .heldOut, seed: 1, purpose: .tests)
    var (agreeing, stopped) = (0, 0)
    for clip in clips {
      let ahead = clip.extrapolated(after: 3)
      #expect(ahead.sprites == clip.sprites && ahead.positions.count == 12)
      #expect(ahead.positions[...3] == clip.positions[...3])
      for frame in 4..<12 {
        for object in 0..<2 {
          let (before, last) = (clip.positions[2][object], clip.positions[3][object])
          func expected(_ before: Int, _ last: Int) -> Int { min(max(last + (frame - 3) * (last - before), 0), 32) }
          let position = ObjectPosition(y: expected(before.y, last.y), x: expected(before.x, last.x))
          #expect(ahead.positions[frame][object] == position)
          if position == clip.positions[frame][object] { agreeing += 1 }
          if [0, 32].contains(position.y) { stopped += 1 }
        }
      }
    }
    // Right until the next bounce, and some have one.
    #expect(agreeing > 40 && agreeing < 320 && stopped > 0)
  }

  /// `torch.nn.functional.interpolate(size=..., mode="bilinear", align_corners=False)`, with `antialias=True` to shrink.
  @Test func scalesLikePyTorch() {
    let input = (0..<20).map { (pixel: Int) -> Float in
      let (row, column) = (pixel / 5, pixel % 5)
      return Float((37 * row + 101 * column + 13 * row * column) % 256) / 255
    }
    let enlarged: [Float] = [
      0.0, 0.1732843, 0.4208333, 0.6683824, 0.6022059, 0.2223039, 0.4071079, 0.5803922, 0.072549, 0.2569853, 0.4890932,
      0.4388481, 0.3886029, 0.3383578, 0.5704657, 0.7549019, 0.1692811, 0.3685866, 0.5905638, 0.247835, 0.2188317,
      0.503554, 0.6941584, 0.8202614, 0.2660131, 0.4801879, 0.7234069, 0.40192, 0.3941585, 0.7001226, 0.5354984,
      0.3836601, 0.3627451, 0.5917892, 0.85625, 0.5560049, 0.4126226, 0.426103, 0.4395833, 0.4490196, 0.4352941,
      0.6754903, 0.9558824, 0.6715686, 0.3872549, 0.1029412, 0.3833334, 0.6235294,
    ]
    let shrunk: [Float] = [0.2889956, 0.4268285, 0.562385, 0.5513406, 0.4804233, 0.4823529]
    // Sums of at most 25 products of numbers below 1 in float32, and goldens of 7 digits.
    for (golden, height, width) in [(enlarged, 6, 8), (shrunk, 2, 3)] {
      let output = Resampling(height: 4, width: 5, toHeight: height, toWidth: width).plane { input[$0] }
      #expect(zip(output, golden).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(output.count == golden.count)
    }
  }

  @Test(arguments: [1, 2, 3]) func batchesDependOnTheirAddressOnly(objects: Int) throws {
    let source = try MovingObjects(EmbeddedSprites(), objects: objects)
    let batch = try source.batch(step: 7, size: 5, maxStep: 11, seed: 3)
    #expect(batch == (try source.batch(step: 7, size: 5, maxStep: 11, seed: 3)))
    #expect(batch != (try source.batch(step: 8, size: 5, maxStep: 11, seed: 3)))
    #expect(batch != (try source.batch(step: 7, size: 5, maxStep: 11, seed: 4)))
    #expect(batch.frames.map(\.shape) == [Shape](repeating: Shape(5, 3, 64, 64), count: 4))
    #expect(batch.frames.allSatisfy { $0.values.allSatisfy { (0...1).contains($0) } })
    // A sample does not depend on how many others there are.
    let smaller = try source.batch(step: 7, size: 2, maxStep: 11, seed: 3)
    #expect(smaller.frames[3].values.elementsEqual(batch.frames[3].values.prefix(2 * 3 * 64 * 64)))
  }

  @Test func batchFramesLieWithinMaxStepOfTheAnchor() throws {
    let source = try MovingObjects(EmbeddedSprites())
    let batch = try source.batch(step: 0, size: 8, maxStep: 3, seed: 1)
    let clips = try source.sequences(step: 0, size: 8, length: 4, split: .training, seed: 1, purpose: .data)
    let size = 3 * 64 * 64
    func rows(_ tensor: HostTensor, _ n: Int) -> ArraySlice<Float> { tensor.values[n * size..<(n + 1) * size] }
    for n in 0..<8 {
      #expect(rows(batch.frames[0], n) == rows(clips.frames[0], n))
      // All three offsets of 1...3 are there, each once.
      for t in 1...3 { #expect(batch.frames.dropFirst().contains { rows($0, n) == rows(clips.frames[t], n) }) }
    }
  }

  @Test func tooFewOffsetsAreRefused() throws {
    let source = try MovingObjects(EmbeddedSprites())
    #expect(
      dataErrorLine { _ = try source.batch(step: 0, size: 1, maxStep: 2, seed: 1) }
        == "--max-step 2: at least 3 is needed for 3 distinct offsets")
    #expect(dataErrorLine { _ = try MovingObjects(EmbeddedSprites(), objects: 4) } == "--objects 4: expected 1, 2 or 3")
  }

  @Test func compositeHasTheContentOfOneAndThePlaceOfTheOther() throws {
    let source: any FactorSource = try MovingObjects(EmbeddedSprites())
    let clips = try source.clips(step: 0, size: 2, length: 2, split: .heldOut, seed: 2, purpose: .evaluation)
    let composite = clips[0].placed(on: clips[1])
    #expect(composite.labels == clips[0].labels && composite.positions == clips[1].positions)
    let frame = try source.frames(of: [composite], at: 1)
    let corner = clips[1].positions[1][0]
    let sprite = clips[0].sprites[0]
    let expected = (0..<4096).map { pixel -> Float in
      let (row, column) = (pixel / 64 - corner.y, pixel % 64 - corner.x)
      guard (0..<32).contains(row) && (0..<32).contains(column) else { return 0 }
      return sprite.coverage[row * 32 + column] * sprite.colour[0]
    }
    #expect(Array(frame.values.prefix(4096)) == expected)
  }

  @Test func shapesStayInTheirFrameAndDiffer() {
    var seen: Set<[Float]> = []
    for shape in EmbeddedSprites.ShapeClass.allCases {
      let coverage = EmbeddedSprites().coverage(shape, radius: 14, tilt: 0.2)
      for place in 0..<32 {
        let border = [place, 31 * 32 + place, place * 32, place * 32 + 31]
        #expect(border.allSatisfy { coverage[$0] == 0 }, "\(shape)")
      }
      #expect(coverage.contains(1), "\(shape)")
      seen.insert(coverage)
    }
    #expect(seen.count == 10)
  }

  @Test func heldOutHuesAreNew() {
    var hues: [Split: Set<Int>] = [.training: [], .heldOut: []]
    for split in Split.allCases {
      for sample in 0..<2000 {
        var random = CounterRandom(seed: 1, purpose: .data, sample: sample)
        let colour = EmbeddedSprites().drawSprite(split, object: 0, of: 1, random: &random).colour
        hues[split]!.insert(Self.hueBand(colour))
      }
    }
    #expect(hues[.training]! == Set((0..<12).map { 2 * $0 }))
    #expect(hues[.heldOut]! == Set((0..<12).map { 2 * $0 + 1 }))
  }

  /// Band of 24 of the hue of a colour, from the textbook conversion to HSV.
  private static func hueBand(_ colour: [Float]) -> Int {
    let (low, high) = (colour.min()!, colour.max()!)
    let sixth: Float =
      switch high {
      case colour[0]: (colour[1] - colour[2]) / (high - low)
      case colour[1]: 2 + (colour[2] - colour[0]) / (high - low)
      default: 4 + (colour[0] - colour[1]) / (high - low)
      }
    return Int(((sixth + 6).truncatingRemainder(dividingBy: 6) * 4).rounded(.down))
  }
}

import Foundation
import TensorEngine
import Testing

@testable import DRNetGPU

/// Features whose contents are known, and what the measures say of them.
@Suite("Measures of made-up features")
struct MeasureTests {
  /// Five classes and a place (row, column) of 0 to 32 pixels.
  private struct Clip {
    var label: Int
    var place: [Float]

    /// A code of the class: one dimension each.
    var classCode: [Float] { (0..<5).map { $0 == label ? 1 : 0 } }
    /// A code of the place, in [-1, 1].
    var placeCode: [Float] { place.map { $0 / 16 - 1 } }
  }

  private typealias Encoder = (Clip, inout CounterRandom) -> (content: [Float], pose: [Float])

  /// Features of `count` clips. Each dimension gets noise of a twentieth of `scale`.
  private func clips(_ count: Int, seed: UInt64, _ encode: Encoder) -> LabelledFeatures {
    var random = CounterRandom(seed: seed, purpose: .tests)
    var (content, pose): ([[Float]], [[Float]]) = ([], [])
    var made: [Clip] = []
    for _ in 0..<count {
      let clip = Clip(
        label: random.integer(in: 0...4), place: (0..<2).map { _ in Float(random.integer(in: 0...32)) })
      let features = encode(clip, &random)
      made.append(clip)
      content.append(features.content)
      pose.append(features.pose)
    }
    func matrix(_ rows: [[Float]]) -> HostTensor { HostTensor([rows.count, rows[0].count], rows.flatMap { $0 }) }
    return LabelledFeatures(
      content: matrix(content), pose: matrix(pose),
      factors: [
        LabelledFactor("class", .classes(made.map(\.label), count: 5)),
        LabelledFactor("position", .numbers(matrix(made.map(\.place)))),
      ])
  }

  private struct Measured {
    var probes: [FactorProbe]
    var scores: DisentanglementScores

    func probe(_ factor: String, _ kind: FactorProbe.Kind) throws -> FactorProbe {
      try #require(probes.first { $0.factor == factor && $0.kind == kind })
    }
  }

  private func measure(_ encode: Encoder) throws -> Measured {
    let (training, heldOut) = (clips(2000, seed: 1, encode), clips(500, seed: 2, encode))
    return Measured(
      probes: FactorProbe.readings(training: training, heldOut: heldOut, seed: 3),
      scores: try #require(DisentanglementScores(training: training, heldOut: heldOut, seed: 3)))
  }

  private static func noisy(_ values: [Float], _ random: inout CounterRandom, scale: Float = 1) -> [Float] {
    values.map { scale * ($0 + 0.05 * random.normal()) }
  }

  /// Dimensions that hold nothing.
  private static func noise(_ count: Int, _ random: inout CounterRandom) -> [Float] {
    (0..<count).map { _ in random.normal() }
  }

  private static let kinds: [FactorProbe.Kind] = [.linear, .mlp, .neighbours]
  /// Guessing one of five classes on 500 clips is right 0.20 of the time, with a standard deviation of 0.018.
  private static let guessed = 0.26
  /// R2 of a probe that learned noise; below 0 is worse than the mean.
  private static let unread = 0.05

  @Test("Content holds the class and pose the position", arguments: [false, true])
  func apart(isReversed: Bool) throws {
    let found = try measure { clip, random in
      let object = Self.noisy(clip.classCode, &random) + Self.noise(1, &random)
      let place = Self.noisy(clip.placeCode, &random) + Self.noise(1, &random)
      return isReversed ? (place, object) : (object, place)
    }
    func sides(_ probe: FactorProbe) -> (holding: Double, other: Double) {
      let isContent = (probe.factor == "class") != isReversed
      return isContent ? (probe.content!, probe.pose!) : (probe.pose!, probe.content!)
    }
    for kind in Self.kinds {
      let (object, place) = (try found.probe("class", kind), try found.probe("position", kind))
      #expect(sides(object).holding > 0.99 && sides(object).other < Self.guessed, "\(kind)")
      #expect(sides(place).holding > 0.95 && sides(place).other < Self.unread, "\(kind)")
      #expect(abs(object.chance - 0.2) < 0.06 && place.chance == 0)
    }
    // A place has a dimension for each coordinate. A class has five, which share it, so its own gaps are near 0.
    let scores = found.scores
    #expect(scores.mig > 0.35 && scores.sap > 0.6 && scores.informativeness > 0.7)
    #expect(scores.disentanglement! > 0.6 && scores.completeness! > 0.4)
  }

  @Test("What both hold is found in both")
  func mixed() throws {
    let found = try measure { clip, random in
      let parts = clip.classCode + clip.placeCode
      // Every dimension holds all: sums with fixed signs.
      let sums = (0..<8).map { row in
        parts.indices.reduce(Float(0)) { $0 + ((row * 5 + $1 * (row + 3)) % 7 < 3 ? parts[$1] : -parts[$1]) }
      }
      return (Self.noisy(sums, &random), Self.noisy(sums.map { -$0 }, &random))
    }
    for kind in Self.kinds {
      for factor in ["class", "position"] {
        let probe = try found.probe(factor, kind)
        #expect(probe.content! > 0.8 && probe.pose! > 0.8, "\(probe)")
      }
    }
    let scores = found.scores
    #expect(scores.mig < 0.05 && scores.sap < 0.05 && scores.informativeness > 0.5)
    #expect(scores.disentanglement! < 0.2 && scores.completeness! < 0.15)
  }

  /// The class is in the radius of two dimensions: no linear map finds it. Eight dimensions of noise hide it from
  /// neighbours, though not wholly.
  @Test("A class that is hidden in the pose is found by the network, and not by the linear probe")
  func hidden() throws {
    let found = try measure { clip, random in
      let angle = 6.2831853 * random.uniform()
      let radius = 0.2 + 0.4 * Float(clip.label)
      let ring = [radius * cos(angle), radius * sin(angle)]
      return (
        Self.noisy(clip.classCode, &random),
        Self.noisy(clip.placeCode, &random) + Self.noisy(ring, &random) + Self.noise(8, &random)
      )
    }
    let (linear, network) = (try found.probe("class", .linear), try found.probe("class", .mlp))
    let neighbours = try found.probe("class", .neighbours)
    #expect(linear.pose! < 0.35 && network.pose! > 0.6)
    #expect(neighbours.pose! < network.pose! - 0.1)
    #expect(linear.content! > 0.99)
  }

  @Test("A position at a thousandth of the scale is found, and its spread says how small it is")
  func small() throws {
    let encode: Encoder = { clip, random in
      (
        Self.noisy(clip.classCode, &random) + Self.noisy(clip.placeCode, &random, scale: 1e-3),
        Self.noisy(clip.placeCode, &random)
      )
    }
    let found = try measure(encode)
    for kind in Self.kinds { #expect(try found.probe("position", kind).content! > 0.9, "\(kind)") }

    // The reading of earlier versions, an absolute penalty on features as they are, does not see it.
    let (training, heldOut) = (clips(2000, seed: 1, encode), clips(500, seed: 2, encode))
    let (known, asked) = (training.factors[1].values, heldOut.factors[1].values)
    let raw = RidgeProbe(features: training.content, targets: known.targets, penalty: 1e-3)
    #expect(asked.score(raw.predict(heldOut.content))! < 0.05)

    let variation = FeatureVariation(heldOut.content)
    #expect(variation.dimensions == 7 && variation.largest > 0.3)
    #expect(variation.smallest > 5e-4 && variation.smallest < 7e-4)
    #expect(variation.directions > 3 && variation.directions < 4.5)
  }

  @Test("A dimension without variation holds nothing, also if float32 rounds it")
  func constant() throws {
    let found = try measure { clip, random in
      let rounded = 0.7 + Float(clip.label) * 3e-8
      return ([rounded, 2], Self.noisy(clip.placeCode, &random))
    }
    for kind in Self.kinds { #expect(try found.probe("class", kind).content! < Self.guessed) }
  }

  // MARK: Scene discriminator

  /// Two frames of each clip: places that are near each other, and the class.
  private func pairs(_ count: Int, seed: UInt64, leak: Float) -> (poses: SceneLeak.Pair, places: SceneLeak.Pair) {
    var random = CounterRandom(seed: seed, purpose: .tests)
    var rows: [[[Float]]] = [[], [], [], []]
    for _ in 0..<count {
      let label = Float(random.integer(in: 0...4)) - 2
      let first = (0..<2).map { _ in random.uniform(in: -1...1) }
      let second = first.map { min(max($0 + random.uniform(in: -0.8...0.8), -1), 1) }
      for (index, place) in [first, second].enumerated() {
        rows[index].append(Self.noisy(place + [leak * label], &random))
        rows[2 + index].append(place)
      }
    }
    let matrices = rows.map { HostTensor([count, $0[0].count], $0.flatMap { $0 }) }
    return ((matrices[0], matrices[1]), (matrices[2], matrices[3]))
  }

  private func leak(_ amount: Float) -> SceneLeak {
    let (training, heldOut) = (pairs(2000, seed: 4, leak: amount), pairs(1000, seed: 5, leak: amount))
    return SceneLeak(
      poses: (training.poses, heldOut.poses), factors: (training.places, heldOut.places), maxStep: 11, seed: 6)
  }

  @Test("A fresh scene discriminator finds nearness in the floor too, and a leak only in the pose")
  func sceneDiscriminator() {
    let (clean, leaking) = (leak(0), leak(1))
    #expect(clean.floor > 0.6, "frames of a clip are near each other")
    #expect(abs(clean.accuracy - clean.floor) < 0.03)
    #expect(leaking.floor == clean.floor)
    #expect(leaking.accuracy > leaking.floor + 0.1)
  }

  @Test("The same seed gives the same numbers, another seed others")
  func repeatable() {
    let (training, heldOut) = (pairs(300, seed: 4, leak: 1), pairs(300, seed: 5, leak: 1))
    func accuracy(_ seed: UInt64) -> Double {
      SceneLeak.balancedAccuracy(training: training.poses, heldOut: heldOut.poses, seed: seed)
    }
    #expect(accuracy(1) == accuracy(1))
    let encode: Encoder = { clip, random in
      (Self.noisy(clip.placeCode, &random) + Self.noise(1, &random), Self.noise(2, &random))
    }
    let (known, asked) = (clips(300, seed: 1, encode), clips(100, seed: 2, encode))
    func readings(_ seed: UInt64) -> [FactorProbe] {
      FactorProbe.readings(training: known, heldOut: asked, seed: seed)
    }
    #expect(readings(1) == readings(1))
    #expect(readings(1) != readings(2))
  }
}

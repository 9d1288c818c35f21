import TensorEngine

/// Measures how well a run's features classify clips, beside their pixels, with few labels and with many.
///
/// Classifiers are the linear probe and the network of `drnet evaluate`, on inputs that are standardised with the labelled
/// clips. The labelled clips are training clips; accuracy is that on held-out clips.
public struct Classifier {
  /// Encodes the frames.
  public let extractor: FeatureExtractor
  /// Numbers of labelled clips; nil for 50, 200 and 1000, or all where there are fewer.
  public var counts: [Int]?
  /// Held-out clips; if there are fewer, all.
  public var heldOutClips = 1000
  /// Frames of each clip.
  public var frames = 8
  /// Draws of labelled clips.
  public var draws = 5
  /// Seed of the first draw; the next have those that follow.
  public var seed: UInt64 = 7

  /// A classifier on the features of the extractor's model.
  public init(_ extractor: FeatureExtractor) { self.extractor = extractor }

  /// - Parameters:
  ///   - source: its classes must not be empty.
  ///   - names: the classes to tell; nil for all.
  /// - Throws: `SettingError` if there are no such classes or too few clips; what the source throws; `AllocationError` if
  ///   memory runs out; `DeviceError` if the device fails.
  public func classify<Source: LabelledSource>(_ source: Source, _ names: [String]? = nil) throws -> Classification {
    for name in names ?? [] where !source.classes.contains(where: { $0.name == name }) {
      throw SettingError("classes", name, expected: source.classes.map(\.name).joined(separator: ", "))
    }
    let available = source.clipCount(.training)
    let counts = self.counts ?? Self.counts(of: available)
    let largest = counts.max() ?? 0
    if let available, largest > available {
      throw SettingError("label-counts", largest, expected: "at most \(available), the training clips that there are")
    }
    func draw(_ split: Split, _ count: Int, seed: UInt64) throws -> [Source.Clip] {
      try source.differentClips(
        step: ProbeStep.labelledClips, size: count, length: frames, split: split, seed: seed, purpose: .probes)
    }
    let asked = try draw(.heldOut, min(heldOutClips, source.clipCount(.heldOut) ?? .max), seed: seed)
    let heldOut = try ClassifiedClips(asked, frames: frames, of: source, by: extractor)
    var readings: [Key: [(accuracy: Double, chance: Double)]] = [:]
    var unknown: Set<String> = []
    for number in 0..<draws {
      let drawn = try draw(.training, largest, seed: seed &+ UInt64(number))
      let labelled = try ClassifiedClips(drawn, frames: frames, of: source, by: extractor)
      for (place, known) in source.classes.enumerated() where names?.contains(known.name) ?? true {
        let ofTraining = FactorValues.classes(labelled.labels[place], count: known.values.count)
        guard ofTraining.canBeAsked(.classes(heldOut.labels[place], count: known.values.count)) else {
          unknown.insert(known.name)
          continue
        }
        let results = Self.results(
          of: labelled, heldOut, place, classes: known.values.count, counts, seed: seed &+ UInt64(number))
        for (key, result) in results { readings[Key(name: known.name, part: key), default: []].append(result) }
      }
    }
    let leftOut = FactorValues.leftOut(unknown.sorted())
    guard !readings.isEmpty else {
      throw SettingError(
        "classes", names?.joined(separator: ",") ?? "all",
        expected: "one of which the drawn training clips have two values and the held-out clips one of them; more "
          + "--label-counts draw more clips (\(leftOut ?? "there is no class"))")
    }
    return Classification(
      readings: source.classes.flatMap { known in
        counts.flatMap { count in
          Self.kinds.flatMap { kind in
            Classification.Input.allCases.compactMap { input in
              readings[Key(name: known.name, part: Part(count: count, kind: kind, input: input))].map {
                Classification.Reading(
                  name: known.name, labelled: count, input: input, kind: kind, accuracies: $0.map(\.accuracy),
                  chance: $0.map(\.chance).sorted()[$0.count / 2])
              }
            }
          }
        }
      }, leftOut: leftOut, frames: frames, heldOutClips: asked.count,
      trainingSet: available, seed: seed)
  }

  private static func counts(of available: Int?) -> [Int] {
    let usual = [50, 200, 1000]
    guard let available, available < 1000 else { return usual }
    return usual.filter { $0 < available } + [available]
  }

  /// A few clips are few batches, which take more epochs.
  static let leastSteps = 300
  private static let kinds = [FactorProbe.Kind.linear, .mlp]

  private struct Part: Hashable {
    let count: Int
    let kind: FactorProbe.Kind
    let input: Classification.Input
  }

  private struct Key: Hashable {
    let name: String
    let part: Part
  }

  /// Fits every classifier on every input to the first clips, as many as each count says.
  private static func results(
    of labelled: ClassifiedClips, _ heldOut: ClassifiedClips, _ place: Int, classes: Int, _ counts: [Int], seed: UInt64
  ) -> [(Part, (accuracy: Double, chance: Double))] {
    let parts = counts.flatMap { count in
      kinds.flatMap { kind in Classification.Input.allCases.map { Part(count: count, kind: kind, input: $0) } }
    }
    let asked = FactorValues.classes(heldOut.labels[place], count: classes)
    var results = [(accuracy: Double, chance: Double)](repeating: (0, 0), count: parts.count)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      // Each classifier runs on one thread, so they run side by side.
      parallelFor(parts.count) { chunk in
        for index in chunk {
          let part = parts[index]
          let known = FactorValues.classes(Array(labelled.labels[place].prefix(part.count)), count: classes)
          let pair = StandardisedPair(labelled.inputs[part.input]!.rows(0..<part.count), heldOut.inputs[part.input]!)
          let probe: any Probe =
            part.kind == .linear
            ? RidgeProbe(features: pair.training, targets: known.targets)
            : PerceptronProbe(
              features: pair.training, values: known, seed: seed, leastSteps: leastSteps)
          results[index] = (asked.score(probe.predict(pair.heldOut)) ?? 0, asked.chance(known))
        }
      }
    }
    return Array(zip(parts, results))
  }
}

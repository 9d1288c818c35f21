import TensorEngine

/// Which classes of a source a judge can be asked for: not for those that training clips have one value of, or none of the
/// held-out clips'.
struct JudgedClasses {
  /// Positions in the source's classes.
  let places: [Int]
  /// Which are left out, and why, in one line; nil if none are.
  let leftOut: String?

  /// Clips of each split that are looked at if every draw makes a new one.
  private static let drawn = 1000

  /// - Throws: what the source throws.
  init<Source: LabelledSource>(of source: Source, frames: Int, seed: UInt64) throws {
    func labels(_ split: Split) throws -> [[Int]] {
      try source.differentClips(
        step: JudgeStep.classes, size: source.clipCount(split) ?? Self.drawn, length: frames, split: split, seed: seed,
        purpose: .judge
      ).map(source.labels)
    }
    let (training, heldOut) = (try labels(.training), try labels(.heldOut))
    let canBeAsked = source.classes.enumerated().map { place, known in
      func values(_ labels: [[Int]]) -> FactorValues { .classes(labels.map { $0[place] }, count: known.values.count) }
      return values(training).canBeAsked(values(heldOut))
    }
    places = canBeAsked.indices.filter { canBeAsked[$0] }
    leftOut = FactorValues.leftOut(
      canBeAsked.indices.filter { !canBeAsked[$0] }.map { source.classes[$0].name })
  }
}

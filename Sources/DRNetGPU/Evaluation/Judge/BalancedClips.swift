import TensorEngine

/// As many clips of each value of a class as the rarest value has, drawn at random: the published protocol measures on as many
/// clips of each action.
///
/// A value that fewer clips have than a tenth of an equal share would cost almost all of the others, and is left out.
struct BalancedClips: Equatable {
  /// Which clips, in their order.
  let clips: [Int]
  /// The values that they have.
  let values: [Int]
  /// Values that some clips have, but too few.
  let rare: [Int]

  /// - Parameters:
  ///   - labels: the value of each clip; at least one.
  ///   - count: the number of values.
  ///   - random: draws the clips.
  init(_ labels: [Int], count: Int, random: inout CounterRandom) {
    var ofValue = [[Int]](repeating: [], count: count)
    for (clip, label) in labels.enumerated() { ofValue[label].append(clip) }
    let present = ofValue.indices.filter { !ofValue[$0].isEmpty }
    func isRare(_ value: Int) -> Bool { 10 * ofValue[value].count * present.count < labels.count }
    (values, rare) = (present.filter { !isRare($0) }, present.filter(isRare))
    let fewest = values.map { ofValue[$0].count }.min() ?? 0
    clips = values.flatMap { value in
      random.distinct(fewest, in: 0...ofValue[value].count - 1).map { ofValue[value][$0] }
    }.sorted()
  }

  /// The accuracy of a guess.
  var chance: Double { 1 / Double(values.count) }
}

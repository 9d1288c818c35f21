import TensorEngine

/// The values of one factor over n clips.
package enum FactorValues: Sendable {
  /// A label in 0..<`count` for each clip.
  case classes([Int], count: Int)
  /// K numbers for each clip, (n, K), such as row and column.
  case numbers(HostTensor)

  /// What a probe is fitted to, (n, K): one column for each class, 1 at the label and 0 elsewhere, or the numbers.
  package var targets: HostTensor {
    switch self {
    case .classes(let labels, let count): HostTensor(oneHot: labels, count: count)
    case .numbers(let values): values
    }
  }

  /// The values of some of the clips.
  func rows(_ range: Range<Int>) -> FactorValues {
    switch self {
    case .classes(let labels, let count): .classes(Array(labels[range]), count: count)
    case .numbers(let values): .numbers(values.rows(range))
    }
  }

  /// What `score` measures.
  var measure: FactorProbe.Measure {
    switch self {
    case .classes: .accuracy
    case .numbers: .determination
    }
  }

  /// How well predictions (n, K) agree with these values: accuracy of the largest column, or R^2. Nil if the numbers do
  /// not vary.
  package func score(_ predicted: HostTensor) -> Double? {
    switch self {
    case .classes(let labels, _): return accuracy(scores: predicted, labels: labels)
    case .numbers(let values):
      let share = determination(predicted: predicted, actual: values)
      return share.isFinite ? share : nil
    }
  }

  /// Whether a probe fitted on these values of training clips can be asked for those of held-out clips: not for classes
  /// that all training clips are of, or none, such as persons that are held out.
  func canBeAsked(_ heldOut: FactorValues) -> Bool {
    guard case .classes(let known, _) = self, case .classes(let asked, _) = heldOut else { return true }
    return Set(known).count > 1 && !Set(known).isDisjoint(with: asked)
  }

  /// That classes of these names are not measured, in one line; nil if there are none.
  static func leftOut(_ names: [String]) -> String? {
    names.isEmpty
      ? nil
      : "left out: \(names.joined(separator: ", ")), since training clips have one value, or none of the held-out clips'"
  }

  /// The score of predictions that use no feature: the most frequent class, or the mean, of the training clips.
  func chance(_ training: FactorValues) -> Double {
    guard case .classes(let labels, _) = self, case .classes(let known, let count) = training else { return 0 }
    var frequencies = [Int](repeating: 0, count: count)
    for label in known { frequencies[label] += 1 }
    let guess = frequencies.indices.max { frequencies[$0] < frequencies[$1] }
    return Double(labels.count { $0 == guess }) / Double(labels.count)
  }
}

/// The values of one factor over clips, and its name.
package struct LabelledFactor: Sendable {
  /// Such as class or position.
  package var name: String
  package var values: FactorValues

  package init(_ name: String, _ values: FactorValues) {
    self.name = name
    self.values = values
  }
}

/// Features of n clips and the factors that made them.
package struct LabelledFeatures: Sendable {
  /// h_c, (n, D).
  package var content: HostTensor
  /// h_p, (n, D).
  package var pose: HostTensor
  package var factors: [LabelledFactor]

  package init(content: HostTensor, pose: HostTensor, factors: [LabelledFactor]) {
    self.content = content
    self.pose = pose
    self.factors = factors
  }
}

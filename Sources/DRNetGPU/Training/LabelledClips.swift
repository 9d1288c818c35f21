import TensorEngine

/// Clips of a labelled source, each from its anchor on, and some of their classes.
struct LabelledClips<Source: LabelledSource> {
  let clips: [Source.Clip]
  private let source: Source
  /// T, the frames of each clip.
  private let length: Int
  /// Positions in the source's classes.
  private let classes: [Int]

  init(_ clips: [Source.Clip], frames length: Int, classes: [Int], of source: Source) {
    (self.clips, self.length, self.classes, self.source) = (clips, length, classes, source)
  }

  /// Clips that are held on the host at once.
  private static var together: Int { 50 }

  /// The clips in parts of which all frames fit on the host.
  var parts: [LabelledClips] {
    stride(from: 0, to: clips.count, by: Self.together).map {
      LabelledClips(
        Array(clips[$0..<min($0 + Self.together, clips.count)]), frames: length, classes: classes, of: source)
    }
  }

  /// T frames, (n, C, S, S) each, in [0, 1].
  func frames() throws -> [HostTensor] { try (0..<length).map { try source.frames(of: clips, at: $0) } }

  /// For each class, the position of each clip's value.
  var labels: [[Int]] {
    let labels = clips.map(source.labels)
    return classes.map { place in labels.map { $0[place] } }
  }

  /// For each class, (n, K): 1 at the clip's value and 0 elsewhere.
  var targets: [HostTensor] {
    zip(counts, labels).map { count, labels in HostTensor(oneHot: labels, count: count) }
  }

  /// The probabilities that a judge gives the values of each class, (n, K).
  /// - Throws: what the source throws, and what `ClipJudge.probabilities` throws.
  func probabilities(by judge: ClipJudge) throws -> [HostTensor] {
    stacked(try parts.map { try judge.probabilities(of: $0.frames()) })
  }

  /// For each class, the share of the clips that a judge tells right.
  /// - Throws: as `probabilities`.
  func accuracies(by judge: ClipJudge) throws -> [Double] {
    try zip(probabilities(by: judge), labels).map { accuracy(scores: $0, labels: $1) }
  }

  /// For each class, the rows of all parts, (n, K).
  func stacked(_ parts: [[HostTensor]]) -> [HostTensor] {
    counts.enumerated().map { index, count in HostTensor(rows: parts.map { $0[index] }, of: [count]) }
  }

  /// The number of values of each class.
  private var counts: [Int] { classes.map { source.classes[$0].values.count } }
}

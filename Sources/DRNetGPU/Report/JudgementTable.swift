import Foundation

extension Judgement {
  /// A table for each class: a row for each kind of clips.
  public var tables: [(name: String, rows: [[String]])] {
    judge.classes.map { known in
      let rows = readings.filter { $0.name == known.name }.map { reading in
        [reading.clips.label]
          + [
            reading.text(\.accuracy, digits: 4), reading.text(\.inceptionScore, digits: 3),
            reading.text(\.conditionalEntropy, digits: 4), reading.text(\.marginalEntropy, digits: 3),
            String(format: "%.2f", reading.chance),
          ]
      }
      return (known.name, [[known.name, "accuracy", "IS", "H(y|x)", "H(y)", "chance"]] + rows)
    }
  }
}

extension Judgement.Reading {
  /// A score over the repeats.
  package func spread(of score: KeyPath<JudgementScores, Double>) -> Spread? {
    Spread(scores.map { $0[keyPath: score] })
  }

  fileprivate func text(_ score: KeyPath<JudgementScores, Double>, digits: Int) -> String {
    spread(of: score)?.text(decimals: digits) ?? ""
  }
}

import TensorEngine
import TestSupport
import Testing

@testable import DRNetGPU

/// `Tests/Golden/golden_judge.py` made the values.
@Suite("Scores of a judge's probabilities")
struct JudgementScoreTests {
  @Test("are those of the published formulas", arguments: ["odd", "sure", "nearlySure", "uniform"])
  func golden(name: String) throws {
    let golden = try Golden.file("judge")
    let labels = try golden.tensor("scores/\(name).labels").values.map { Int($0) }
    let found = JudgementScores(probabilities: try golden.tensor("scores/\(name).probabilities"), labels: labels)
    let expected = try golden.tensor("scores/\(name).scores").values.map(Double.init)
    // The expected values are stored as float32, at most 9: half a unit in the last place is 5e-7.
    for (found, expected) in zip(
      [found.accuracy, found.inceptionScore, found.conditionalEntropy, found.marginalEntropy], expected)
    { #expect(abs(found - expected) < 1e-6) }
  }

  @Test("of a judge that is sure, and of one that guesses")
  func extremes() {
    let sure = JudgementScores(probabilities: HostTensor(oneHot: [0, 1, 2, 3], count: 4), labels: [0, 1, 2, 0])
    #expect(sure.accuracy == 0.75 && sure.conditionalEntropy == 0 && abs(sure.inceptionScore - 4) < 1e-12)
    let guess = JudgementScores(probabilities: HostTensor([2, 2], repeating: 0.5), labels: [0, 1])
    #expect(guess.accuracy == 0.5 && guess.inceptionScore == 1 && guess.marginalEntropy == guess.conditionalEntropy)
  }
}

@Suite("As many clips of each value as the rarest has")
struct BalancedClipsTests {
  private func balanced(_ labels: [Int], count: Int) -> BalancedClips {
    var random = CounterRandom(seed: 1, purpose: .tests)
    return BalancedClips(labels, count: count, random: &random)
  }

  @Test("are drawn once each, and the same again")
  func balance() {
    let labels = [0, 0, 0, 1, 1, 1, 1, 1, 3, 3]
    let found = balanced(labels, count: 4)
    #expect(found.values == [0, 1, 3] && found.rare.isEmpty && found.chance == 1.0 / 3)
    #expect(found.clips.count == 6 && Set(found.clips).count == 6 && found.clips == found.clips.sorted())
    for value in [0, 1, 3] { #expect(found.clips.count { labels[$0] == value } == 2) }
    #expect(balanced(labels, count: 4) == found)
  }

  @Test("leave out a value with less than a tenth of an equal share")
  func rare() {
    // An equal share of 42 clips is 21: two are a little less than its tenth, three are more.
    #expect(balanced(Array(repeating: 0, count: 40) + [1, 1], count: 2).rare == [1])
    #expect(balanced(Array(repeating: 0, count: 39) + [1, 1, 1], count: 2).clips.count == 6)
  }
}

@Suite("Contents drawn from a gaussian")
struct ContentGaussianTests {
  @Test("have the mean and the covariance of the contents, also where it is singular")
  func moments() {
    // The second dimension is minus half the first, the third does not vary.
    var random = CounterRandom(seed: 3, purpose: .tests)
    let first = (0..<200).map { _ in 0.2 + 0.1 * random.normal() }
    let drawn = ContentGaussian(HostTensor([200, 3], first.flatMap { [$0, -$0 / 2, 0.7] })).draw(4000, seed: 5)
    let fitted = ColumnScale(HostTensor([200, 1], first))
    let found = ColumnScale(drawn)
    // Means and deviations of 4,000 draws are off by 1 / 63 and 1 / 89 of the deviation; five times that.
    #expect(abs(found.means[0] - fitted.means[0]) < 5 * fitted.deviations[0] / 63)
    #expect(abs(found.deviations[0] / fitted.deviations[0] - 1) < 5.0 / 89)
    for row in 0..<4000 {
      let values = drawn.rows(row..<row + 1).values
      #expect(abs(values[1] + values[0] / 2) < 1e-5 && abs(values[2] - 0.7) < 1e-6)
    }
  }

  @Test("stay where contents can be, and are the same with one seed")
  func bounds() {
    let wide = ContentGaussian(HostTensor([4, 1], [-1, 1, -1, 1]))
    let drawn = wide.draw(300, seed: 1)
    #expect(drawn.values.allSatisfy { (-1...1).contains($0) } && drawn.values.contains(1))
    #expect(wide.draw(300, seed: 1) == drawn && wide.draw(300, seed: 2) != drawn)
  }
}

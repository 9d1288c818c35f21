import DRNetGPU
import TensorEngine
import Testing

@Suite("A linear probe, and what is read with it")
struct RidgeProbeTests {
  /// 200 rows of 3 features, and targets 2 a - b + 0.5 and c - 1.
  private let features: HostTensor
  private let targets: HostTensor

  init() {
    var random = CounterRandom(seed: 1, purpose: .tests)
    let rows = (0..<200).map { _ in (0..<3).map { _ in random.normal() } }
    features = HostTensor([200, 3], rows.flatMap { $0 })
    targets = HostTensor([200, 2], rows.flatMap { [2 * $0[0] - $0[1] + 0.5, $0[2] - 1] })
  }

  @Test("A probe without penalty finds a linear map with its constant")
  func linearMap() {
    let probe = RidgeProbe(features: features, targets: targets, penalty: 1e-9)
    let read = probe.predict(features)
    for (found, expected) in zip(read.values, targets.values) { #expect(abs(found - expected) < 1e-4) }
    #expect(determination(predicted: read, actual: targets) > 0.999999)
  }

  @Test("A penalty shrinks what is read, but not the constant")
  func penalty() {
    let read = RidgeProbe(features: features, targets: targets, penalty: 0.5).predict(features)
    let share = determination(predicted: read, actual: targets)
    #expect(share > 0.5 && share < 0.95)
    let constant = RidgeProbe(features: features, targets: targets, penalty: 1e9).predict(features)
    for column in 0..<2 {
      let mean = (0..<200).reduce(0) { $0 + targets.values[2 * $1 + column] } / 200
      #expect(abs(constant.values[column] - mean) < 1e-4)
    }
  }

  /// At the minimum, X' (X W - Y) + lambda n W = 0 for centred X and Y.
  @Test("More features than rows have the minimum, too", arguments: [8, 40])
  func wide(_ size: Int) {
    var random = CounterRandom(seed: 3, purpose: .tests)
    let (n, penalty) = (8, 0.25)
    let x = (0..<n).map { _ in (0..<size).map { _ in Double(random.normal()) } }
    let y = (0..<n).map { _ in Double(random.normal()) }
    func tensor(_ rows: [[Double]]) -> HostTensor {
      HostTensor([rows.count, rows[0].count], rows.flatMap { $0.map { Float($0) } })
    }
    let probe = RidgeProbe(features: tensor(x), targets: tensor(y.map { [$0] }), penalty: penalty)
    let units = (0...size).map { unit in (0..<size).map { $0 == unit ? 1.0 : 0 } }
    let read = probe.predict(tensor(units)).values.map { Double($0) }
    let weights = (0..<size).map { read[$0] - read[size] }
    let errors = zip(probe.predict(tensor(x)).values, y).map { Double($0) - $1 }
    for column in 0..<size {
      let mean = x.reduce(0) { $0 + $1[column] } / Double(n)
      let slope = zip(x, errors).reduce(0) { $0 + ($1.0[column] - mean) * $1.1 }
      #expect(abs(slope + penalty * Double(n) * weights[column]) < 1e-5)
    }
  }

  @Test("The penalty is small for a linear map, and large for unrelated targets")
  func choice() {
    #expect(RidgeProbe(features: features, targets: targets).penalty <= 1e-6)
    // A hundred dimensions of noise fit 160 clips well, and the others badly.
    var random = CounterRandom(seed: 2, purpose: .tests)
    func noise(_ shape: Shape) -> HostTensor { HostTensor(shape, (0..<shape.count).map { _ in random.normal() }) }
    #expect(RidgeProbe(features: noise([200, 100]), targets: noise([200, 1])).penalty >= 1)
  }

  @Test("Guessing the mean is worth an R2 of 0, and unrelated features are worth about that")
  func chance() {
    let means = HostTensor([2, 1], [3, 3])
    #expect(determination(predicted: means, actual: HostTensor([2, 1], [2, 4])) == 0)
  }

  @Test("Accuracy counts the rows whose largest score stands at the label")
  func accuracyCounts() {
    let scores = HostTensor([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 5, 4, 3])
    #expect(accuracy(scores: scores, labels: [0, 1, 1, 0]) == 0.75)
  }
}

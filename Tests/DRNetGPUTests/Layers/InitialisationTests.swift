import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Fresh weights are bits of the project's own generator, so that a new toolchain draws the same ones. The values are from
/// Philox4x32-10 and Box and Muller's transform, worked out in NumPy.
@Suite struct InitialisationTests {
  private func draw(_ initialisation: Initialisation) -> [Float] {
    var random = CounterRandom(seed: 9, purpose: .weights)
    return initialisation.draw([5], from: &random).values
  }

  @Test func constant() { #expect(draw(.constant(0.5)) == [0.5, 0.5, 0.5, 0.5, 0.5]) }

  @Test func uniform() {
    #expect(draw(.uniform(bound: 0.25)) == [0.17673352, 0.07675612, -0.17128265, -0.2395496, -0.17918667])
  }

  @Test func normal() {
    #expect(draw(.dcganWeight) == [-0.006415104, -0.009252301, 0.038126566, 0.005035909, 0.022864573])
    #expect(draw(.dcganScale) == [0.9935849, 0.9907477, 1.0381266, 1.0050359, 1.0228646])
  }
}

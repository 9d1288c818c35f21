import Foundation
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

/// Sizes that take no time.
extension BenchmarkStep.Settings {
  static func tiny(_ network: BenchmarkStep.Network) -> Self {
    var settings = Self()
    settings.network = network
    (settings.main.width, settings.main.contentDim, settings.main.poseDim) = (2, 6, 3)
    (settings.main.batchSize, settings.pose.batchSize) = (4, 2)
    (settings.pose.rnnSize, settings.pose.rnnLayers) = (5, 2)
    (settings.pose.nPast, settings.pose.nFuture) = (2, 2)
    return settings
  }
}

@Suite struct BenchmarkStepTests {
  @Test(arguments: BenchmarkStep.Network.allCases)
  func whatWasSavedTakesTheSameSteps(_ network: BenchmarkStep.Network) throws {
    let backend = CPUBackend()
    var settings = BenchmarkStep.Settings.tiny(network)
    func losses(from file: SafetensorsFile?) throws -> (SafetensorsFile, [StepLosses]) {
      let step = try BenchmarkStep(settings, on: backend)
      try step.start(from: file)
      let state = try step.state()
      for _ in 0..<2 { try step.run() }
      return (state, try step.losses())
    }
    let (state, expected) = try losses(from: nil)
    #expect(expected.count == 2)
    // Another seed draws other weights and another batch, which the file replaces.
    settings.main.seed = 2
    #expect(try losses(from: nil).1 != expected)
    #expect(try losses(from: state).1 == expected)
  }

  @Test func weightsOfOtherSizesAreRefused() throws {
    let backend = CPUBackend()
    var settings = BenchmarkStep.Settings.tiny(.main)
    let step = try BenchmarkStep(settings, on: backend)
    try step.start()
    let state = try step.state()
    settings.main.width = 3
    #expect(throws: FileError.self) { try BenchmarkStep(settings, on: backend).start(from: state) }
  }

  @Test func theCensusCountsWhatAStepRuns() throws {
    let counts = try OpCensus.ofStep(.tiny(.main))
    func runs(_ name: OpName) -> Int { counts.filter { type(of: $0.op).name == name }.reduce(0) { $0 + $1.count } }
    // Four passes of the pose encoder and two of the content encoder, five convolutions each.
    #expect(runs(.conv2DForward) == 30)
    // Frames want no gradient: one pass of each encoder is trained, four of its five convolutions have inputs that do.
    #expect(runs(.conv2DBackwardInput) == 8)
    #expect(runs(.conv2DBackwardWeight) == 10)
    #expect(runs(.convTranspose2DForward) == 5)
    #expect(counts.work.operations > 0)
    // Adam writes over the weights and both moments.
    let updates = counts.filter { type(of: $0.op).name == .adam }
    #expect(updates.count == 4 && updates.allSatisfy { $0.updatedInputs == [0, 2, 3] })
  }

  @Test func theBenchmarkTimesEveryStep() throws {
    var reported: [Int] = []
    let result = try StepBenchmark(
      .tiny(.poseLSTM), on: CPUBackend(), warmUp: 1, rounds: 2, steps: 3, started: .now
    ) { round, _ in reported.append(round) }
    #expect(reported == [0, 1])
    #expect(result.rounds.map(\.count) == [3, 3])
    #expect(result.rounds.joined().allSatisfy { $0 > 0 })
    #expect(result.losses.map(\.step) == [1, 2, 3])
    #expect(result.losses.allSatisfy { $0.values.keys.sorted() == ["posePrediction"] })
    #expect(result.peakMemoryBytes > 1 << 20)
    #expect(result.secondsToFirstStep > 0 && result.coresUsed > 0)
    #expect(result.framesPerStep == 8)
  }
}

@Suite struct SampleTests {
  @Test func theMedianLiesInTheMiddle() {
    #expect(Sample([3]).median == 3)
    #expect(Sample([9, 1, 2]).median == 2)
    #expect(Sample([4, 1, 2, 9]).median == 3)
    #expect(Sample([4, 1, 2, 9]).minimum == 1)
    #expect(Sample([4, 1, 2, 9]).maximum == 9)
  }
}

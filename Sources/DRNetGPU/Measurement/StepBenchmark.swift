import Foundation
import TensorEngine

/// The speed of training steps on a backend.
package struct StepBenchmark: Codable, Sendable {
  /// The values of one step's losses, by name.
  package struct Losses: Codable, Sendable {
    package var step: Int
    package var values: [String: Double]
  }

  package var network: BenchmarkStep.Network
  /// The sizes in one line.
  package var step: String
  package var device: String
  package var framesPerStep: Int
  /// Minimum of floating-point operations and of bytes moved in a step; see `Work`.
  package var operationsPerStep: Int
  package var bytesPerStep: Int
  /// Steps before the first round.
  package var warmUp: Int
  /// Seconds of every step, by round.
  package var rounds: [[Double]]
  /// Cores that the process kept busy in the rounds: processor time over wall time.
  package var coresUsed: Double
  /// Peak resident memory of the process.
  package var peakMemoryBytes: Int
  /// Memory that the backend allocated for tensors.
  package var deviceMemoryBytes: Int
  /// Losses of the first steps, those of the warm-up included.
  package var losses: [Losses]
  /// From the start of the command to the end of the first step, which compiles kernels.
  package var secondsToFirstStep: Double
  /// When the first step ended, in seconds since 1970, for a program that started this one and knows when.
  package var firstStepEnded: Double

  /// Steps whose losses are kept.
  private static let lossesKept = 3

  /// Seconds per step: the sample of the rounds' medians.
  package var secondsPerStep: Sample { Sample(rounds.map { Sample($0).median }) }

  /// Runs the steps and measures them.
  ///
  /// - Parameters:
  ///   - settings: the network and its sizes.
  ///   - file: weights, and optionally a batch; nil draws both from the seed.
  ///   - copy: file to write weights and batch to before the first step; nil for none.
  ///   - backend: the backend that is measured.
  ///   - warmUp: steps before the first round.
  ///   - count: number of rounds.
  ///   - steps: steps per round.
  ///   - started: when the command started.
  ///   - report: called with each round's number and median in seconds.
  package init(
    _ settings: BenchmarkStep.Settings, from file: SafetensorsFile? = nil, copy: URL? = nil, on backend: any Backend,
    warmUp: Int, rounds count: Int, steps: Int, started: ContinuousClock.Instant,
    report: (Int, Double) -> Void = { _, _ in }
  ) throws {
    precondition(count > 0 && steps > 0 && warmUp >= 0)
    network = settings.network
    step = settings.summary
    device = backend.description
    framesPerStep = settings.framesPerStep
    self.warmUp = warmUp
    let task = try BenchmarkStep(settings, on: backend)
    try task.start(from: file)
    if let copy { try task.state().write(to: copy) }
    var firstStep: (after: Double, at: Double)?
    func timed() throws -> Double {
      let start = ContinuousClock.now
      try task.run()
      let end = ContinuousClock.now
      if firstStep == nil { firstStep = ((end - started) / .seconds(1), Date().timeIntervalSince1970) }
      return (end - start) / .seconds(1)
    }
    for _ in 0..<warmUp { _ = try timed() }
    var (processor, wall) = (0.0, 0.0)
    rounds = try (0..<count).map { round in
      let before = ProcessUsage.processorSeconds
      let seconds = try (0..<steps).map { _ in try timed() }
      processor += ProcessUsage.processorSeconds - before
      wall += seconds.reduce(0, +)
      report(round, Sample(seconds).median)
      return seconds
    }
    coresUsed = processor / wall
    peakMemoryBytes = ProcessUsage.peakMemoryBytes
    deviceMemoryBytes = backend.heldBytes
    (secondsToFirstStep, firstStepEnded) = firstStep!
    losses = try task.losses().prefix(Self.lossesKept).map {
      Losses(step: $0.step, values: Dictionary(uniqueKeysWithValues: zip(task.lossNames, $0.values.map(Double.init))))
    }
    let work = try OpCensus.ofStep(settings).work
    (operationsPerStep, bytesPerStep) = (work.operations, work.bytes)
  }
}

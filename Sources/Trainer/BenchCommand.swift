import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures training steps, or with --ops the ops of one, on a device.",
    discussion: """
      Steps repeat one batch that is there already, of noise: the time spent waiting for data is no part of them, and a
      training reports its own in its metrics (dataWaitShare). A step of pose-lstm starts from features, without the
      encoders. Operations are those of convolutions and linear layers, bytes what every op must read and write once.
      Example:
        drnet bench --width 16 --batch-size 32
        drnet bench --network pose-lstm --json
        drnet bench --ops --backend cpu
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var step: StepOptions
  @Option(help: "Steps before the first round, in which kernels are compiled and memory is taken.") var warmUp = 3
  @Option(help: "Rounds; a round's value is the median of its steps.") var rounds = 5
  @Option(help: "Steps in a round.") var steps = 5
  @Option(help: "Weights to start from, a checkpoint or what --save-weights wrote, batch included.") var weights:
    String?
  @Option(help: "File to write weights and batch to before the first step.") var saveWeights: String?
  @Flag(help: "Measure every op of the step by itself, with its shapes.") var ops = false
  @Flag(help: "Print JSON with every value measured.") var json = false

  func validate() throws {
    if warmUp < 0 { throw ValidationError("--warm-up \(warmUp): expected a whole number from 0") }
    if rounds < 1 { throw ValidationError("--rounds \(rounds): expected a whole number from 1") }
    if steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    if ops, weights != nil || saveWeights != nil {
      throw ValidationError("--ops runs no step: leave --weights and --save-weights out")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let settings = try step.settings()
    let file = try weights.map { try SafetensorsFile.read(URL(filePath: $0)) }
    let backend = try devices.open(precision: settings.main.precision)
    if ops {
      try measureOps(settings, on: backend)
    } else {
      let result = try StepBenchmark(
        settings, from: file, copy: saveWeights.map { URL(filePath: $0) }, on: backend, warmUp: warmUp, rounds: rounds,
        steps: steps, started: started
      ) { Terminal.message("round \($0 + 1) of \(rounds): \(String(format: "%.4f", $1)) s a step") }
      if json { try Terminal.printJSON(result) } else { printTable(result) }
    }
  }

  private func printTable(_ result: StepBenchmark) {
    let seconds = result.secondsPerStep
    func row(_ name: String, _ format: String, _ value: (Double) -> Double) -> [String] {
      let values = [seconds.median, seconds.least, seconds.most].map(value)
      return [name] + values.map { String(format: format, $0) }
    }
    print("\(result.step)\n\(result.device)")
    Terminal.printTable([
      ["", "median", "fastest", "slowest"], row("seconds a step", "%.4f") { $0 },
      row("frames/s", "%.1f") { Double(result.framesPerStep) / $0 },
      row("GFLOP/s", "%.1f") { 1e-9 * Double(result.operationsPerStep) / $0 },
      row("GB/s", "%.1f") { 1e-9 * Double(result.bytesPerStep) / $0 },
      ["cores used", String(format: "%.2f", result.coresUsed)],
      ["peak memory", ByteCount(result.peakMemoryBytes).description],
      ["start to first step", String(format: "%.2f s", result.secondsToFirstStep)],
    ])
  }

  private func measureOps(_ settings: BenchmarkStep.Settings, on backend: any Backend) throws {
    let counts = try OpCensus.ofStep(settings)
    let results = try counts.enumerated().map { index, entry in
      if Terminal.isInteractive { Terminal.progress("op \(index + 1) of \(counts.count)") }
      return try OpBenchmark(entry, on: backend)
    }
    if json { return try Terminal.printJSON(results) }
    Terminal.message("measured \(results.count) ops")
    print("\(settings.summary)\n\(backend.description)")
    let all = results.reduce(0) { $0 + $1.seconds * Double($1.count) }
    let rows = results.sorted { $0.seconds * Double($0.count) > $1.seconds * Double($1.count) }.map { result in
      let (sample, inStep) = (Sample(result.samples), result.seconds * Double(result.count))
      return [
        result.op, result.inputs.map { $0.map(String.init).joined(separator: "x") }.joined(separator: " "),
        "\(result.count)", String(format: "%.3f", 1e3 * sample.median),
        String(format: "%.3f-%.3f", 1e3 * sample.least, 1e3 * sample.most),
        result.operations > 0 ? String(format: "%.1f", 1e-9 * Double(result.operations) / sample.median) : "",
        String(format: "%.1f", 1e-9 * Double(result.bytes) / sample.median), String(format: "%.2f", 1e3 * inStep),
        String(format: "%.1f %%", 100 * inStep / all),
      ]
    }
    Terminal.printTable(
      [["op", "inputs", "runs", "ms", "spread", "GFLOP/s", "GB/s", "ms a step", "share"]] + rows
        + [["all", "", "\(results.reduce(0) { $0 + $1.count })", "", "", "", "", String(format: "%.2f", 1e3 * all)]])
  }
}

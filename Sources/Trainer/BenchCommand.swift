import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures training steps on a device, or with --ops the ops of one step.",
    discussion: """
      All steps use the same batch of noise, so waiting for data is not measured; a training reports that time in its
      metrics (dataWaitShare). A pose-lstm step starts from features and does not run the encoders. Operations are those
      of convolutions and linear layers; bytes are what every op must read and write once.
      Example:
        drnet bench --width 16 --batch-size 32
        drnet bench --network pose-lstm --json
        drnet bench --ops --backend cpu
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var step: StepOptions
  @Option(help: "Warm-up steps before the first round: kernels are compiled and memory is allocated.") var warmUp = 3
  @Option(help: "Rounds to measure; a round's value is the median of its steps.") var rounds = 5
  @Option(help: "Steps per round.") var steps = 5
  @Option(help: "Weights to start from: a checkpoint, or a file from --save-weights, whose batch is used too.")
  var weights: String?
  @Option(help: "File in which to save weights and batch before the first step.") var saveWeights: String?
  @Flag(help: "Measure every op of the step separately, with its shapes.") var ops = false
  @Flag(help: "Print JSON with all measured values.") var json = false

  func validate() throws {
    if warmUp < 0 { throw ValidationError("--warm-up \(warmUp): expected a whole number from 0") }
    if rounds < 1 { throw ValidationError("--rounds \(rounds): expected a whole number from 1") }
    if steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    if ops, weights != nil || saveWeights != nil {
      throw ValidationError("--ops runs no step: omit --weights and --save-weights")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let settings = try step.settings()
    let file = try weights.map { try SafetensorsFile.read(URL(filePath: $0)) }
    let backend = try devices.open(precision: settings.main.precision, isChecked: false)
    if ops {
      try measureOps(settings, on: backend)
    } else {
      let result = try StepBenchmark(
        settings, from: file, copy: saveWeights.map { URL(filePath: $0) }, on: backend, warmUp: warmUp, rounds: rounds,
        steps: steps, started: started
      ) { Terminal.message("round \($0 + 1) of \(rounds): \(String(format: "%.4f", $1)) s per step") }
      if json { try Terminal.printJSON(result) } else { printTable(result) }
    }
  }

  private func printTable(_ result: StepBenchmark) {
    let seconds = result.secondsPerStep
    func row(_ name: String, _ format: String, _ value: (Double) -> Double) -> [String] {
      let values = [seconds.median, seconds.minimum, seconds.maximum].map(value)
      return [name] + values.map { String(format: format, $0) }
    }
    print("\(result.step)\n\(result.device)")
    Terminal.printTable([
      ["", "median", "fastest", "slowest"], row("seconds per step", "%.4f") { $0 },
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
        String(format: "%.3f-%.3f", 1e3 * sample.minimum, 1e3 * sample.maximum),
        result.operations > 0 ? String(format: "%.1f", 1e-9 * Double(result.operations) / sample.median) : "",
        String(format: "%.1f", 1e-9 * Double(result.bytes) / sample.median), String(format: "%.2f", 1e3 * inStep),
        String(format: "%.1f %%", 100 * inStep / all),
      ]
    }
    Terminal.printTable(
      [["op", "inputs", "runs", "ms", "spread", "GFLOP/s", "GB/s", "ms per step", "share"]] + rows
        + [["all", "", "\(results.reduce(0) { $0 + $1.count })", "", "", "", "", String(format: "%.2f", 1e3 * all)]])
  }
}

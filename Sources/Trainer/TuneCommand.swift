import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Finds the fastest tilings of matrix products on a device, for the shapes of a run.",
    discussion: """
      Every tiling's result is checked against the CPU's before its time counts. The estimated tiling is kept unless
      another is at least 5 % faster. The best ones are stored in the cache folder, for this device, driver and version
      of the kernels, and all later commands use them. Tuning may change the order of summation: a run repeats bit for
      bit as long as the device is not tuned in between.
      Example:
        drnet tune --width 64 --batch-size 32
        drnet tune runs/first
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run whose sizes are used.", valueName: "run")) var path: String?
  @OptionGroup var step: StepOptions

  func validate() throws {
    try step.requireNoSizes(besidesRun: path)
    if devices.backend == .cpu {
      throw ValidationError("--backend cpu: the CPU backend has no tilings; choose an OpenCL device")
    }
  }

  func run() throws {
    let settings = try step.settings(ofRun: path)
    let backend = try devices.open(precision: settings.main.precision, isChecked: false)
    guard let backend = backend as? OpenCLBackend else {
      throw TuningUnavailable(backend: backend.description)
    }
    let products = try Tuner.products(of: settings)
    // Measuring takes minutes, so whether the result can be stored is tried first.
    _ = try backend.keep([])
    let tuner = Tuner(on: backend)
    let outcomes = try products.enumerated().map { index, product in
      if Terminal.isInteractive { Terminal.progress("matrix product \(index + 1) of \(products.count)") }
      let outcome = try tuner.tune(product)
      for reason in outcome.rejected { Terminal.message("\(outcome.entry.op): rejected \(reason)") }
      return outcome
    }
    let file = try backend.keep(outcomes.map(\.entry))
    Terminal.message("measured \(outcomes.reduce(0) { $0 + $1.candidates }) plans of \(outcomes.count) matrix products")
    print("\(settings.summary)\n\(backend.description)")
    printTable(outcomes)
    print(file ?? "no cache folder (HOME, XDG_CACHE_HOME) to store this in")
  }

  private func printTable(_ outcomes: [Tuner.Outcome]) {
    func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
    let rows = outcomes.map { outcome in
      let entry = outcome.entry
      return [
        entry.op, entry.inputs.joined(separator: " "), "\(outcome.count)", "\(outcome.candidates)",
        milliseconds(entry.estimatedSeconds), milliseconds(entry.seconds),
        entry.tiling.map(\.summary) ?? "as estimated",
      ]
    }
    func inStep(_ seconds: (TuningTable.Entry) -> Double) -> Double {
      outcomes.reduce(0) { $0 + seconds($1.entry) * Double($1.count) }
    }
    let (before, after) = (inStep(\.estimatedSeconds), inStep(\.seconds))
    Terminal.printTable(
      [["op", "inputs", "runs", "plans", "estimated ms", "best ms", "tiling"]] + rows
        + [
          [
            "whole step", "", "\(outcomes.reduce(0) { $0 + $1.count })", "", milliseconds(before),
            milliseconds(after), String(format: "%.2f times as fast", before / after),
          ]
        ])
  }
}

/// The selected backend is the CPU's, which has nothing to tune.
private struct TuningUnavailable: Error, CustomStringConvertible {
  let backend: String
  var description: String { "\(backend) has no tilings to measure: there is no OpenCL device (see drnet devices)" }
}

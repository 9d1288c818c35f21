import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Measures which tilings of matrix products suit a device, for the shapes of a run.",
    discussion: """
      Every tiling is checked against the CPU's result before its time counts, and the estimated one stays unless another
      is at least 5 % faster. The winners are kept in the cache folder, for this device, driver and version of the
      kernels, and every later command takes them. Sums may then be taken in another order: a run repeats bit for bit as
      long as the device is not tuned in between.
      Example:
        drnet tune --width 64 --batch-size 32
        drnet tune runs/first
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run whose sizes to take.", valueName: "run")) var path: String?
  @OptionGroup var step: StepOptions

  func validate() throws {
    try step.requireNoSizes(besidesRun: path)
    if devices.backend == .cpu {
      throw ValidationError("--backend cpu: the CPU backend has no tilings; name an OpenCL device")
    }
  }

  func run() throws {
    let settings = try step.settings(ofRun: path)
    let backend = try devices.open(precision: settings.main.precision)
    guard let backend = backend as? OpenCLBackend else {
      throw TuningUnavailable(backend: backend.description)
    }
    let products = try Tuner.products(of: settings)
    let tuner = Tuner(on: backend)
    let outcomes = try products.enumerated().map { index, product in
      if Terminal.isInteractive { Terminal.progress("product \(index + 1) of \(products.count)") }
      let outcome = try tuner.tune(product)
      for reason in outcome.rejected { Terminal.message("\(outcome.entry.op): left out \(reason)") }
      return outcome
    }
    let file = try backend.keep(outcomes.map(\.entry))
    Terminal.message("measured \(outcomes.reduce(0) { $0 + $1.candidates }) plans of \(outcomes.count) products")
    print("\(settings.summary)\n\(backend.description)")
    printTable(outcomes)
    print(file ?? "there is no cache folder (HOME, XDG_CACHE_HOME) to keep this in")
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
            "all of a step", "", "\(outcomes.reduce(0) { $0 + $1.count })", "", milliseconds(before),
            milliseconds(after), String(format: "%.2f times as fast", before / after),
          ]
        ])
  }
}

/// The CPU backend was selected, which has nothing to tune.
private struct TuningUnavailable: Error, CustomStringConvertible {
  let backend: String
  var description: String { "\(backend) has no tilings to measure: there is no OpenCL device (see drnet devices)" }
}

import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Trains on two backends or devices from the same weights and batches.",
    discussion: """
      Prints the largest difference of every tensor as a share of its tolerance, and both loss curves. The exit status is
      1 if a difference exceeds its tolerance. This command's defaults are width 16, batch size 16 and a learning rate
      of 0.0005.
      Example:
        drnet compare --a cpu --b opencl --steps 10
        drnet compare --a opencl:0 --b opencl:1
      """)

  @Option(help: "First backend: cpu, opencl, auto, or opencl:DEVICE with the device's index or name.") var a = Endpoint(
    backend: .cpu)
  @Option(help: "Second backend.") var b = Endpoint(backend: .opencl)
  @Option(help: "Maximum bytes for all tensors on each device.") var memoryLimit: ByteCount?
  @OptionGroup var settings: TrainOptions
  @Option(help: "Training steps.") var steps = 10

  func run() throws {
    var configuration = RunConfiguration()
    configuration.width = 16
    configuration.batchSize = 16
    configuration.learningRate = 0.0005
    settings.preset?.apply(to: &configuration)
    settings.apply(to: &configuration)
    configuration.steps = steps
    try configuration.validate()
    let source = try configuration.openClips()
    configuration.channels = source.channels
    let sides = try [a, b].map { try DeviceOptions.open($0.backend, $0.device, memoryLimit, isChecked: false) }
    let comparison = try BackendComparison(configuration, source, a: sides[0], b: sides[1])
    Terminal.printTable(
      [["tensor", "largest difference", "share of tolerance"]]
        + comparison.rows.map {
          [$0.name, String(format: "%.2e", $0.largestDifference), String(format: "%.3f", $0.shareOfTolerance)]
        })
    print("\na: \(sides[0].description)\nb: \(sides[1].description)")
    Terminal.printTable(lossTable(comparison))
    guard comparison.agrees else {
      Terminal.message("the two differ by more than the tolerance")
      throw ExitCode(Main.failure)
    }
    print("both agree")
  }

  private func lossTable(_ comparison: BackendComparison) -> [[String]] {
    let names = comparison.losses.a.first?.names ?? []
    var rows = [["step"] + names.flatMap { ["\($0) a", "b"] } + ["share of tolerance"]]
    for (index, share) in comparison.lossShares.enumerated() {
      let (a, b) = (comparison.losses.a[index], comparison.losses.b[index])
      let pairs = zip(a.values, b.values).flatMap { [String(format: "%.7g", $0), String(format: "%.7g", $1)] }
      rows.append(["\(a.step)"] + pairs + [String(format: "%.3f", share)])
    }
    return rows
  }
}

/// A side of a comparison: `cpu`, `opencl`, `auto`, `opencl:1`, `opencl:NAME`.
struct Endpoint: ExpressibleByArgument {
  let backend: BackendChoice
  var device: String?

  init(backend: BackendChoice) { self.backend = backend }

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1)
    guard let backend = parts.first.flatMap({ BackendChoice(rawValue: String($0)) }) else { return nil }
    self.backend = backend
    device = parts.count > 1 ? String(parts[1]) : nil
  }

  var defaultValueDescription: String { backend.rawValue }
}

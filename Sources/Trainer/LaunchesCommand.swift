import ArgumentParser
import DRNetGPU
import TensorEngine

/// Data for the scripts of Benchmarks/gpu; hidden from users.
struct LaunchesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launches",
    abstract: "Lists, as JSON, the kernel launches of a training step on a GPU that the flags describe.",
    discussion: "Example:\n  drnet launches --compute-units 108 --sub-group-width 32 --batch-size 32",
    shouldDisplay: false)

  @Option(help: "Compute units of the GPU.") var computeUnits = 64
  @Option(help: "Work-items that execute in lockstep (sub-group or warp size); 0 if unknown.") var subGroupWidth = 32
  @Option(help: "Maximum work-group size.") var maxWorkGroupSize = 1024
  @Option(help: "Local memory per work-group in bytes.") var localMemory = 48 << 10
  @OptionGroup var step: StepOptions
  @Flag(help: "List the parity cases of every op, in every tile, instead of a step.") var parityCases = false

  func validate() throws {
    if computeUnits < 1 { throw ValidationError("--compute-units \(computeUnits): expected a whole number from 1") }
    if maxWorkGroupSize < 1 {
      throw ValidationError("--max-work-group-size \(maxWorkGroupSize): expected a whole number from 1")
    }
  }

  func run() throws {
    let settings = try step.settings()
    let traits = DeviceTraits(
      kind: .gpu, computeUnits: computeUnits, maxWorkGroupSize: maxWorkGroupSize, localMemoryBytes: localMemory,
      nativeVectorWidth: 1, subGroupWidth: subGroupWidth, precision: settings.main.precision ?? .float)
    try Terminal.printJSON(
      parityCases ? PlannedOp.ofParityCases(on: traits) : PlannedOp.ofStep(settings, on: traits))
  }
}

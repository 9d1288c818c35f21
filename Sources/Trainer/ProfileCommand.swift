import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Profiles training steps by kernel.",
    discussion: """
      An OpenCL device is profiled by kernel, with the device's own clock; the CPU backend by op. "of limit" is the
      minimum time for the operations and bytes, at the device's measured or given peak rates, as a share of the
      measured time.
      Example:
        drnet profile runs/first
        drnet profile --network main --width 16 --batch-size 32 --trace step.json
        drnet profile --network pose-lstm --backend cpu
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run whose sizes are used.", valueName: "run")) var path: String?
  @OptionGroup var step: StepOptions
  @Option(help: "Warm-up steps, which are not measured.") var warmUp = 2
  @Option(help: "Steps to profile.") var steps = 5
  @Option(help: "File to write a trace to, for chrome://tracing or ui.perfetto.dev.") var trace: String?
  @Option(help: "Peak GFLOP/s of the device (default: measured, OpenCL only).") var peak: Double?
  @Option(help: "Peak GB/s of the device (default: measured, OpenCL only).") var bandwidth: Double?

  func validate() throws {
    if warmUp < 0 { throw ValidationError("--warm-up \(warmUp): expected a whole number from 0") }
    if steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    for (flag, value) in [("peak", peak), ("bandwidth", bandwidth)] {
      if let value, !(value > 0 && value.isFinite) {
        throw ValidationError("--\(flag) \(value): expected a number above 0")
      }
    }
    try step.requireNoSizes(besidesRun: path)
  }

  func run() throws {
    let settings = try step.settings(ofRun: path)
    let backend = try devices.open(precision: settings.main.precision, profiling: true, isChecked: false)
    let (profile, limits) = try measure(settings, on: backend)
    if let trace { try TraceFile(profile, device: backend.description).write(to: URL(filePath: trace)) }
    print("\(settings.summary)\n\(backend.description)")
    if let limits {
      let format = "peak: %.0f GFLOP/s and %.1f GB/s"
      print(String(format: format, 1e-9 * limits.operationsPerSecond, 1e-9 * limits.bytesPerSecond))
    }
    printTable(profile, limits)
    if let trace { print(trace) }
  }

  private func measure(
    _ settings: BenchmarkStep.Settings, on backend: any Backend
  ) throws -> (StepProfile, DeviceLimits?) {
    let given: DeviceLimits? = peak.flatMap { peak in
      bandwidth.map { DeviceLimits(operationsPerSecond: 1e9 * peak, bytesPerSecond: 1e9 * $0) }
    }
    if let backend = backend as? CPUBackend {
      return (try StepProfile(settings, warmUp: warmUp, steps: steps, on: backend), given)
    }
    guard let backend = backend as? OpenCLBackend else { preconditionFailure("unknown kind of backend") }
    var limits = try given ?? .measured(on: backend)
    if let peak { limits.operationsPerSecond = 1e9 * peak }
    if let bandwidth { limits.bytesPerSecond = 1e9 * bandwidth }
    return (try StepProfile(settings, warmUp: warmUp, steps: steps, on: backend), limits)
  }

  private func printTable(_ profile: StepProfile, _ limits: DeviceLimits?) {
    let rows = profile.rows.map { row in
      [
        row.name, String(format: "%.0f", row.calls), String(format: "%.3f", 1e3 * row.seconds),
        String(format: "%.1f %%", 100 * row.share),
        row.work.operations > 0 ? String(format: "%.1f", 1e-9 * Double(row.work.operations) / row.seconds) : "",
        String(format: "%.1f", 1e-6 * Double(row.work.bytes)),
        String(format: "%.1f", 1e-9 * Double(row.work.bytes) / row.seconds),
        limits.map { String(format: "%.0f %%", 100 * $0.seconds(row.work) / row.seconds) } ?? "",
      ]
    }
    let wall = profile.stepSeconds
    let sum = String(format: "%.3f", 1e3 * profile.busySeconds)
    Terminal.printTable(
      [["", "calls", "ms per step", "share", "GFLOP/s", "MB", "GB/s", limits == nil ? "" : "of limit"]] + rows
        + [["all", "", sum, "100.0 %"]])
    let spread = [wall.median, wall.minimum, wall.maximum].map { String(format: "%.3f", 1e3 * $0) }
    print("a step takes \(spread[0]) ms (\(spread[1])-\(spread[2])) from its first call's start to its last call's end")
  }
}

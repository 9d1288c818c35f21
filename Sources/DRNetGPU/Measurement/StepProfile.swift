import TensorEngine

/// One execution of a kernel or an op.
package struct ProfileSpan: Equatable, Sendable {
  /// Name of the kernel or op.
  package var name: String
  /// What distinguishes it from others of that name: defines, or attributes and shapes.
  package var detail: String
  /// Seconds, by the clock of the device or the processor.
  package var start: Double
  package var end: Double

  package var seconds: Double { end - start }
}

extension KernelTime {
  var seconds: Double { 1e-9 * Double(end &- start) }
}

/// How the time of training steps is distributed: by kernel on an OpenCL device, by op on the CPU backend.
package struct StepProfile: Sendable {
  /// All executions of one kernel or op in a step, as a mean over steps.
  package struct Row: Equatable, Sendable {
    package var name: String
    package var calls: Double
    package var seconds: Double
    /// Share of the `seconds` of all rows.
    package var share: Double
    /// The minimum work of its ops.
    package var work: Work
  }

  /// Longest first.
  package let rows: [Row]
  /// All executions, by step.
  package let steps: [[ProfileSpan]]
  /// Seconds from the first start to the last end of each step.
  package let stepSeconds: Sample

  /// Seconds per step in which a kernel or op ran.
  package var busySeconds: Double { rows.reduce(0) { $0 + $1.seconds } }

  /// Profiles steps on the CPU backend, by op.
  package init(_ settings: BenchmarkStep.Settings, warmUp: Int, steps count: Int, on backend: CPUBackend) throws {
    let timed = TimedBackend(backend)
    let steps = try Self.steps(settings, warmUp: warmUp, count: count, on: timed) { timed.takeSpans() }
    var work: [String: Work] = [:]
    for entry in try OpCensus.ofStep(settings) {
      work[type(of: entry.op).name.rawValue, default: .none] =
        work[type(of: entry.op).name.rawValue, default: .none]
        + entry.work * entry.count
    }
    self.init(steps, work: work)
  }

  /// Profiles steps on an OpenCL device, by kernel.
  /// - Parameter backend: a backend with profiling enabled.
  package init(_ settings: BenchmarkStep.Settings, warmUp: Int, steps count: Int, on backend: OpenCLBackend) throws {
    let steps = try Self.steps(settings, warmUp: warmUp, count: count, on: backend) {
      try backend.takeTimes().map { time in
        let defines = time.variant.defines.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ProfileSpan(
          name: time.variant.kernel, detail: defines.joined(separator: " "), start: 1e-9 * Double(time.start),
          end: 1e-9 * Double(time.end))
      }
    }
    var seconds: [String: Double] = [:]
    for span in steps.joined() { seconds[span.name, default: 0] += span.seconds }
    var work: [String: Work] = [:]
    for entry in try OpCensus.ofStep(settings) {
      for (kernel, share) in entry.workByKernel(on: backend.traits, seconds: seconds) {
        work[kernel] = work[kernel, default: .none] + share * entry.count
      }
    }
    self.init(steps, work: work)
  }

  init(_ steps: [[ProfileSpan]], work: [String: Work]) {
    self.steps = steps
    stepSeconds = Sample(steps.map { ($0.map(\.end).max() ?? 0) - ($0.map(\.start).min() ?? 0) })
    var totals: [String: (calls: Int, seconds: Double)] = [:]
    for span in steps.joined() {
      totals[span.name, default: (0, 0)].calls += 1
      totals[span.name]!.seconds += span.seconds
    }
    let (count, all) = (Double(steps.count), totals.values.reduce(0) { $0 + $1.seconds })
    rows = totals.map { name, total in
      Row(
        name: name, calls: Double(total.calls) / count, seconds: total.seconds / count, share: total.seconds / all,
        work: work[name] ?? .none)
    }.sorted { ($0.seconds, $1.name) > ($1.seconds, $0.name) }
  }

  /// Runs steps; `take` returns what ran since its last call.
  private static func steps(
    _ settings: BenchmarkStep.Settings, warmUp: Int, count: Int, on backend: any Backend,
    take: () throws -> [ProfileSpan]
  ) throws -> [[ProfileSpan]] {
    let task = try BenchmarkStep(settings, on: backend)
    try task.start()
    for _ in 0..<warmUp { try task.run() }
    _ = try take()
    return try (0..<count).map { _ in
      try task.run()
      return try take()
    }
  }
}

extension OpCount {
  /// The work of one run by kernel. The bytes are those of each kernel's memory arguments. All operations count for the
  /// kernel that takes longest, since the others only prepare and gather.
  ///
  /// - Parameter seconds: time of each kernel.
  func workByKernel(on device: DeviceTraits, seconds: [String: Double]) -> [String: Work] {
    let plan = op.plan(inputs, on: device)
    let outputs = op.outputTypes(inputs)
    var memory: [String: Set<KernelArgument>] = [:]
    for launch in plan.launches { memory[launch.kernel, default: []].formUnion(launch.arguments.values) }
    var result = memory.mapValues { arguments in
      let bytes = arguments.reduce(0) { sum, argument in
        switch argument {
        case .input(let index): sum + inputs[index].bytes(device.precision)
        case .output(let index): sum + outputs[index].bytes(device.precision)
        case .workspace(let index): sum + plan.workspaces[index] * MemoryLayout<Float>.stride
        case .int, .float: sum
        }
      }
      return Work(operations: 0, bytes: bytes)
    }
    let longest = memory.keys.max { (seconds[$0, default: 0], $1) < (seconds[$1, default: 0], $0) }
    if let longest { result[longest]!.operations = work.operations }
    return result
  }
}

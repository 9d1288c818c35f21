import TensorEngine

/// Measures all tilings that are possible on a device, for the matrix products of a training step.
///
/// A tiling counts only if its result agrees with the reference. The tilings of an op are timed in turns, so that other
/// load on the machine affects all of them equally.
package struct Tuner {
  /// The result for one op.
  package struct Outcome: Sendable {
    package var entry: TuningTable.Entry
    /// How often a step runs the op.
    package var count: Int
    /// Number of tilings with different launches, including the estimated one.
    package var candidates: Int
    /// Tilings whose result was wrong, or which the device refused.
    package var rejected: [String]
  }

  private struct Candidate {
    /// nil for the estimated tiling.
    let tiling: Tiling?
    let run: RepeatedRun
    var samples: [Double] = []

    var seconds: Double { Sample(samples).median }
  }

  private static let rounds = 5
  private static let sampleSeconds = 0.02
  /// The speed-up from which a tiling replaces the estimated one; less is noise.
  private static let minGain = 1.05

  private let backend: OpenCLBackend

  package init(on backend: OpenCLBackend) { self.backend = backend }

  /// The matrix products of a step, which `tune` can be called for.
  package static func products(of settings: BenchmarkStep.Settings) throws -> [OpCount] {
    try OpCensus.ofStep(settings).filter { $0.op.takesTiling($0.inputs) }
  }

  /// Measures one op.
  package func tune(_ product: OpCount) throws -> Outcome {
    let hosts = product.inputs.enumerated().map { index, type in
      var random = CounterRandom(seed: 0, purpose: .tests, sample: index)
      let values = (0..<type.shape.count).map { _ in 2 * random.uniform() - 1 }
      return BlockedLayout(type, backend.traits.precision).rounded(HostTensor(type.shape, values))
    }
    let inputs = try zip(hosts, product.inputs).map { try backend.upload($0, as: $1.role) }
    let output = try backend.allocate(product.op.outputTypes(product.inputs)[0])
    let expected = try reference(product, hosts)

    var candidates: [Candidate] = []
    var rejected: [String] = []
    let plans = plans(of: product)
    for (tiling, plan) in plans {
      let name = tiling.map { "\($0)" } ?? "the estimated tiling"
      do {
        let prepared = try backend.prepare(plan)
        let run = RepeatedRun(backend: backend) { try backend.enqueue(prepared, inputs, [output]) }
        _ = try run.seconds(of: 1)
        if agrees(try backend.download(output), expected, product) {
          candidates.append(Candidate(tiling: tiling, run: run))
        } else {
          rejected.append("\(name): wrong result")
        }
      } catch let error where error is DeviceError || error is AllocationError {
        rejected.append("\(name): \(error)")
      }
    }
    guard candidates.first?.tiling == nil, !candidates.isEmpty else {
      throw TuningError(op: "\(product.op)", reason: rejected.first ?? "no tiling")
    }
    for _ in 0..<Self.rounds {
      for index in candidates.indices {
        let run = candidates[index].run
        let runs = try run.runs(filling: Self.sampleSeconds)
        candidates[index].samples.append(try run.seconds(of: runs) / Double(runs))
      }
    }
    let estimated = candidates[0].seconds
    let best = candidates.min { $0.seconds < $1.seconds }!
    let isBetter = estimated > Self.minGain * best.seconds
    return Outcome(
      entry: TuningTable.Entry(
        product.op, product.inputs, tiling: isBetter ? best.tiling : nil,
        seconds: isBetter ? best.seconds : estimated, estimatedSeconds: estimated),
      count: product.count, candidates: plans.count, rejected: rejected)
  }

  /// The estimated tiling, then those with other launches.
  private func plans(of product: OpCount) -> [(tiling: Tiling?, plan: LaunchPlan)] {
    var seen: Set<LaunchPlan> = []
    let tilings = [nil] + Tiling.choices(on: backend.traits).map(Optional.some)
    return tilings.compactMap { tiling in
      let plan = product.op.plan(product.inputs, on: backend.traits.with(tiling))
      return seen.insert(plan).inserted ? (tiling, plan) : nil
    }
  }

  private func reference(_ product: OpCount, _ hosts: [HostTensor]) throws -> HostTensor {
    let processor = CPUBackend()
    let inputs = try zip(hosts, product.inputs).map { try processor.upload($0, as: $1.role) }
    return try processor.download(processor.run(product.op, inputs)[0])
  }

  private func agrees(_ found: HostTensor, _ expected: HostTensor, _ product: OpCount) -> Bool {
    let terms = product.work.operations / (2 * expected.shape.count)
    let output = BlockedLayout(product.op.outputTypes(product.inputs)[0], backend.traits.precision)
    let tolerance = ParityCase.Tolerance.runningSum(of: terms).stored(in: output)
    return zip(found.values, expected.values).allSatisfy {
      abs($0 - $1) <= tolerance.absolute + tolerance.relative * abs($1)
    }
  }
}

/// An op that no tiling computes on a device.
package struct TuningError: Error, CustomStringConvertible {
  let op: String
  let reason: String

  package var description: String {
    "\(op) cannot be tuned: \(reason); run the tests on this device (make test-devices)"
  }
}

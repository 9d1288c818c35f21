import TensorEngine

/// The speed of one op on a backend, on inputs of given types.
package struct OpBenchmark: Codable, Sendable {
  /// The op with its attributes, such as `Conv2DForward(stride: 2, padding: 1)`.
  package var op: String
  /// Shapes of the inputs.
  package var inputs: [[Int]]
  /// How often a step runs it.
  package var count: Int
  package var operations: Int
  package var bytes: Int
  /// Seconds of one run, by sample.
  package var samples: [Double]

  package var seconds: Double { Sample(samples).median }

  private static let sampleCount = 5

  /// Runs an op repeatedly on the same tensors, in place if the training step does.
  ///
  /// - Parameter sampleSeconds: target duration of a sample: the op is queued as often as that needs, then the backend
  ///   waits once, as in a training step.
  package init(_ entry: OpCount, on backend: any Backend, sampleSeconds: Double = 0.04) throws {
    op = entry.op.description
    inputs = entry.inputs.map(\.shape.extents)
    count = entry.count
    (operations, bytes) = (entry.work.operations, entry.work.bytes)
    let tensors = try entry.inputs.enumerated().map { index, type in
      // Positive, as variances must be.
      var random = CounterRandom(seed: 0, purpose: .tests, sample: index)
      let values = (0..<type.shape.count).map { _ in 0.1 + 0.9 * random.uniform() }
      return try backend.upload(HostTensor(type.shape, values), as: type.role)
    }
    let outputs = try entry.op.outputTypes(entry.inputs).enumerated().map { index, type in
      try entry.updatedInputs.dropFirst(index).first?.map { tensors[$0] } ?? backend.allocate(type)
    }
    let run = RepeatedRun(backend: backend) { try backend.run(entry.op, tensors, into: outputs) }
    // The first run compiles.
    _ = try run.seconds(of: 1)
    let runs = try run.runs(filling: sampleSeconds)
    samples = try (0..<Self.sampleCount).map { _ in try run.seconds(of: runs) / Double(runs) }
  }
}

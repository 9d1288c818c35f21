import TensorEngine

/// An op on inputs of given types, and how often a computation runs it.
package struct OpCount: Sendable {
  package let op: any Op
  package let inputs: [TensorType]
  /// For each output the input that it overwrites, or nil; empty for none.
  package var updatedInputs: [Int?] = []
  package var count: Int

  /// The work of one run.
  package var work: Work { op.work(inputs) }
}

/// A backend that counts ops and computes nothing. It lists the ops of a training step without a device.
package final class OpCensus: Backend {
  private struct Key: Hashable {
    let op: AnyHashable
    let inputs: [TensorType]
    let updatedInputs: [Int?]
  }

  /// Each op once, in the order of its first run.
  package private(set) var counts: [OpCount] = []
  private var places: [Key: Int] = [:]
  private let nothing = NoMemory()

  private final class NoMemory: TensorStorage {
    var extent: MemoryExtent { MemoryExtent(self, 0..<0) }
  }

  /// - Parameter precision: precision of the device for which ops are counted.
  package init(precision: Precision = .float) {
    memoryTraits = MemoryTraits(
      isBlocked: false, precision: precision, alignment: 1, largestPiece: .max, isShared: true)
  }

  package let description = "census of ops"
  package let heldBytes = 0
  /// Without padding, so that the work of an op is the minimum.
  package let memoryTraits: MemoryTraits

  package func allocate(_ type: TensorType) -> Tensor { Tensor(type, storage: nothing) }
  package func allocatePiece(floats count: Int) -> Tensor { allocate(TensorType([count], .plain)) }
  package func part(of piece: Tensor, at offset: Int, _ type: TensorType) -> Tensor { allocate(type) }
  package func upload(_ host: HostTensor, to tensor: Tensor) {}
  package func download(_ tensor: Tensor) -> HostTensor { HostTensor(tensor.shape) }
  package func queueDownload(_ tensor: Tensor) -> PendingDownload { PendingDownload { HostTensor(tensor.shape) } }
  package func finish() {}

  package func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) {
    count(op, inputs.map(\.type), updatedInputs: outputs.map { output in inputs.firstIndex { $0 === output } })
  }

  package func prepare(_ schedules: [Schedule]) -> [any Replay] { schedules.map { Count(census: self, schedule: $0) } }

  /// Counts the ops of a schedule.
  private final class Count: Replay {
    let census: OpCensus
    let schedule: Schedule

    init(census: OpCensus, schedule: Schedule) {
      self.census = census
      self.schedule = schedule
    }

    func run() {
      for call in schedule.calls { census.count(call.op, call.inputTypes, updatedInputs: call.updatedInputs) }
    }
  }

  private func count(_ op: any Op, _ types: [TensorType], updatedInputs: [Int?]) {
    let key = Key(op: AnyHashable(op), inputs: types, updatedInputs: updatedInputs)
    if let place = places[key] {
      counts[place].count += 1
    } else {
      places[key] = counts.count
      counts.append(OpCount(op: op, inputs: types, updatedInputs: updatedInputs, count: 1))
    }
  }

  /// The ops of one step.
  package static func ofStep(_ settings: BenchmarkStep.Settings) throws -> [OpCount] {
    let census = OpCensus(precision: settings.main.precision ?? .float)
    try BenchmarkStep(settings, on: census).run()
    return census.counts
  }
}

extension [OpCount] {
  /// The work of all runs together.
  package var work: Work { reduce(.none) { $0 + $1.work * $1.count } }
}

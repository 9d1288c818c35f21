/// Notes ops instead of running them: what layers and tapes do on a recorder becomes a schedule.
///
/// Tensors of the backend are fixed memory; those that the recorder itself hands out are temporary, unless they are kept.
public final class Recorder: OpRunner {
  /// Handle on a temporary.
  private final class Slot {
    let index: Int
    init(_ index: Int) { self.index = index }
  }

  private let backend: any Backend
  private var calls: [(op: any Op, inputs: [Tensor], outputs: [Tensor])] = []
  private var temporaries: [Schedule.Temporary] = []
  private var kept: [Int: Tensor] = [:]

  public init(for backend: any Backend) { self.backend = backend }

  public func allocate(_ type: TensorType) -> Tensor {
    temporaries.append(Schedule.Temporary(type: type))
    return Tensor(type, storage: Slot(temporaries.count - 1))
  }

  public func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) { calls.append((op, inputs, outputs)) }

  /// Memory of the backend in the place of a temporary, which can be read after a run.
  public func keep(_ tensor: Tensor) throws -> Tensor {
    let memory = try backend.allocate(tensor.type)
    keep(tensor, in: memory)
    return memory
  }

  private func keep(_ tensor: Tensor, in memory: Tensor) {
    let index = temporary(tensor)
    precondition(kept[index] == nil && temporaries[index].place == nil, "\(tensor.type) has a place already")
    kept[index] = memory
  }

  /// Temporaries as a group: side by side, in memory that is kept where `memory` is given.
  package func group(_ tensors: [Tensor], keptIn memory: TensorGroup? = nil) -> TensorGroup {
    if let memory {
      for (tensor, place) in zip(tensors, memory.tensors) { keep(tensor, in: place) }
      return TensorGroup(tensors, spans: memory.spans)
    }
    guard backend.memoryTraits.isShared else { return TensorGroup(tensors, spans: tensors) }
    let spans = backend.memoryTraits.pieces(of: tensors.map(\.type)).map { piece in
      let whole = allocate(TensorType([piece.count], .plain))
      for (tensor, offset) in zip(tensors[piece.members], piece.offsets) {
        let index = temporary(tensor)
        precondition(kept[index] == nil && temporaries[index].place == nil, "\(tensor.type) has a place already")
        temporaries[index].place = (temporary(whole), offset)
      }
      return whole
    }
    return TensorGroup(tensors, spans: spans)
  }

  private func temporary(_ tensor: Tensor) -> Int {
    guard let slot = tensor.storage as? Slot else { preconditionFailure("\(tensor.type) is no temporary") }
    return slot.index
  }

  /// All that was recorded.
  public var schedule: Schedule {
    func operand(_ tensor: Tensor) -> Schedule.Operand {
      guard let slot = tensor.storage as? Slot else {
        return Schedule.Operand(type: tensor.type, memory: .fixed(tensor))
      }
      let memory = kept[slot.index].map(Schedule.Memory.fixed) ?? .temporary(slot.index)
      return Schedule.Operand(type: tensor.type, memory: memory)
    }
    return Schedule(
      calls: calls.map { Schedule.Call(op: $0.op, inputs: $0.inputs.map(operand), outputs: $0.outputs.map(operand)) },
      temporaries: temporaries)
  }
}

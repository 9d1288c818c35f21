/// Records ops instead of running them: what layers and tapes do on a recorder becomes a schedule.
///
/// Tensors of the backend are fixed memory. Tensors that the recorder allocates
/// are temporary, except those that are kept.
public final class Recorder: OpRunner {
  /// The handle of a temporary.
  private final class Slot: TensorStorage {
    let index: Int
    let type: TensorType
    /// Floats, padding included.
    let count: Int
    /// The temporary that contains it, and the offset there in floats; nil if none does.
    private(set) var place: (whole: Slot, offset: Int)?
    /// The backend's tensor that it is kept in; nil if it is not kept.
    private(set) var memory: Tensor?

    init(_ index: Int, _ type: TensorType, count: Int) {
      self.index = index
      self.type = type
      self.count = count
    }

    func put(in whole: Slot, at offset: Int) {
      requireNoPlace()
      place = (whole, offset)
    }

    func keep(in memory: Tensor) {
      requireNoPlace()
      self.memory = memory
    }

    private func requireNoPlace() {
      precondition(place == nil && memory == nil, "\(type) has a place already")
    }

    var extent: MemoryExtent {
      if let memory { return memory.storage.extent }
      if let place { return place.whole.extent.part(at: place.offset, count: count) }
      return MemoryExtent(self, 0..<count)
    }
  }

  private let backend: any Backend
  private var calls: [(op: any Op, inputs: [Tensor], outputs: [Tensor])] = []
  private var slots: [Slot] = []

  public init(for backend: any Backend) { self.backend = backend }

  public func allocate(_ type: TensorType) -> Tensor {
    let slot = Slot(slots.count, type, count: backend.memoryTraits.count(type))
    slots.append(slot)
    return Tensor(type, storage: slot)
  }

  public func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) {
    op.requireDeclaredSharing(inputs, outputs)
    calls.append((op, inputs, outputs))
  }

  /// Moves a temporary to memory of the backend, which can be read after a run.
  /// - Throws: `AllocationError` if the backend has no memory left.
  public func keep(_ tensor: Tensor) throws -> Tensor {
    let memory = try backend.allocate(tensor.type)
    slot(of: tensor).keep(in: memory)
    return memory
  }

  /// A group of temporaries, side by side in memory. They are kept in `memory` if it is given.
  package func group(_ tensors: [Tensor], keptIn memory: TensorGroup? = nil) -> TensorGroup {
    if let memory {
      for (tensor, place) in zip(tensors, memory.tensors) { slot(of: tensor).keep(in: place) }
      return TensorGroup(tensors, spans: memory.spans)
    }
    guard backend.memoryTraits.isShared else { return TensorGroup(tensors, spans: tensors) }
    let spans = backend.memoryTraits.pieces(of: tensors.map(\.type)).map { piece in
      let whole = allocate(TensorType([piece.count], .plain))
      for (tensor, offset) in zip(tensors[piece.members], piece.offsets) {
        slot(of: tensor).put(in: slot(of: whole), at: offset)
      }
      return whole
    }
    return TensorGroup(tensors, spans: spans)
  }

  private func slot(of tensor: Tensor) -> Slot {
    guard let slot = tensor.storage as? Slot else { preconditionFailure("\(tensor.type) is no temporary") }
    return slot
  }

  /// Everything that was recorded.
  public var schedule: Schedule {
    func operand(_ tensor: Tensor) -> Schedule.Operand {
      guard let slot = tensor.storage as? Slot else {
        return Schedule.Operand(type: tensor.type, memory: .fixed(tensor))
      }
      let memory = slot.memory.map(Schedule.Memory.fixed) ?? .temporary(slot.index)
      return Schedule.Operand(type: tensor.type, memory: memory)
    }
    return Schedule(
      calls: calls.map { Schedule.Call(op: $0.op, inputs: $0.inputs.map(operand), outputs: $0.outputs.map(operand)) },
      temporaries: slots.map { slot in
        Schedule.Temporary(type: slot.type, place: slot.place.map { ($0.whole.index, $0.offset) })
      })
  }
}

/// Runs every op's reference on the host. Tests compare kernels with it, and it trains if there is no OpenCL device.
public final class CPUBackend: Backend {
  private let pool: HostMemoryPool

  /// - Parameter memoryLimit: maximum bytes of all tensors together; nil for no limit.
  public init(memoryLimit: Int? = nil) { pool = HostMemoryPool(limit: memoryLimit) }

  public var description: String { "CPU backend (OpenBLAS)" }
  public var heldBytes: Int { pool.heldBytes }

  public let memoryTraits = MemoryTraits(
    isBlocked: false, alignment: HostMemory.alignment / MemoryLayout<Float>.stride, largestPiece: .max, isShared: true)

  public func allocate(_ type: TensorType) throws -> Tensor {
    Tensor(type, storage: try pool.memory(floats: type.shape.count))
  }

  public func allocatePiece(floats count: Int) throws -> Tensor {
    let piece = try allocate(TensorType([count], .plain))
    view(piece).base.update(repeating: 0, count: count)
    return piece
  }

  public func part(of piece: Tensor, at offset: Int, _ type: TensorType) -> Tensor {
    Tensor(type, storage: HostMemory(of: memory(piece), at: offset, count: type.shape.count))
  }

  public func upload(_ host: HostTensor, to tensor: Tensor) throws {
    precondition(host.shape.count == tensor.shape.count, "\(host.shape) uploaded to \(tensor.type)")
    host.values.withUnsafeBufferPointer { values in
      view(tensor).base.update(from: values.baseAddress!, count: values.count)
    }
  }

  public func download(_ tensor: Tensor) throws -> HostTensor {
    let view = view(tensor)
    return HostTensor(tensor.shape, Array(UnsafeBufferPointer(start: view.base, count: view.count)))
  }

  public func queueDownload(_ tensor: Tensor) throws -> PendingDownload {
    let host = try download(tensor)
    return PendingDownload { host }
  }

  public func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws {
    op.requireDeclaredSharing(inputs, outputs)
    op.reference(inputs.map(view), into: outputs.map(view))
  }

  public func prepare(_ schedules: [Schedule]) throws -> [any Replay] { try prepare(schedules) { $1() } }

  /// - Parameter perform: called for each op of a run, with what runs it.
  package func prepare(
    _ schedules: [Schedule], perform: @escaping (Schedule.Call, () -> Void) -> Void
  ) throws -> [any Replay] {
    let layouts = schedules.map { Schedule.Layout(of: $0) }
    let plans = layouts.map { MemoryPlan($0.items, memoryTraits) }
    let arenas = try MemoryPlan.arenas(of: plans).map { try allocatePiece(floats: $0) }
    return zip(schedules, zip(layouts, plans)).map { schedule, memory in
      CPUReplay(schedule, arenas: arenas, perform: perform) { operand in
        switch operand.memory {
        case .fixed(let tensor): return TensorView(operand.type.shape, self.view(tensor).base)
        case .temporary(let index):
          let (item, offset) = memory.0.temporaries[index]!
          let place = memory.1.places[item]
          return TensorView(operand.type.shape, self.view(arenas[place.arena]).base + place.offset + offset)
        }
      }
    }
  }

  public func finish() {}

  private func view(_ tensor: Tensor) -> TensorView<Float> { TensorView(tensor.shape, memory(tensor).base) }

  private func memory(_ tensor: Tensor) -> HostMemory { unsafeDowncast(tensor.storage, to: HostMemory.self) }
}

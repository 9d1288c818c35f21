/// Runs every op's reference on the host: the yardstick of the tests, and the trainer where there is no OpenCL device.
public final class CPUBackend: Backend {
  private let pool: HostMemoryPool

  /// - Parameter memoryLimit: bytes that tensors may hold together; nil for no limit.
  public init(memoryLimit: Int? = nil) { pool = HostMemoryPool(limit: memoryLimit) }

  public var description: String { "CPU backend (OpenBLAS)" }

  public func allocate(_ type: TensorType) throws -> Tensor {
    Tensor(type, storage: try pool.memory(floats: type.shape.count))
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

  public func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws {
    op.reference(inputs.map(view), into: outputs.map(view))
  }

  public func finish() {}

  private func view(_ tensor: Tensor) -> TensorView<Float> {
    TensorView(tensor.shape, unsafeDowncast(tensor.storage, to: HostMemory.self).base)
  }
}

/// Floats on the host; they go back to their pool with the last reference.
final class HostMemory {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let pool: HostMemoryPool

  init(base: UnsafeMutablePointer<Float>, count: Int, pool: HostMemoryPool) {
    self.base = base
    self.count = count
    self.pool = pool
  }

  deinit { pool.reclaim(base, count: count) }
}

/// Keeps freed memory for the next tensor of the same size: a training step asks for the same sizes again and again, and
/// fresh pages cost more than the arithmetic on them.
final class HostMemoryPool {
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  private var heldBytes = 0
  private let limit: Int?

  init(limit: Int?) { self.limit = limit }

  func memory(floats count: Int) throws -> HostMemory {
    if let base = free[count]?.popLast() { return HostMemory(base: base, count: count, pool: self) }
    let bytes = count * MemoryLayout<Float>.stride
    if let limit, heldBytes + bytes > limit {
      throw DeviceError.memoryLimit(asked: bytes, held: heldBytes, limit: limit)
    }
    heldBytes += bytes
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
    return HostMemory(base: memory.bindMemory(to: Float.self, capacity: count), count: count, pool: self)
  }

  fileprivate func reclaim(_ base: UnsafeMutablePointer<Float>, count: Int) { free[count, default: []].append(base) }

  deinit {
    for base in free.values.joined() { base.deallocate() }
  }
}

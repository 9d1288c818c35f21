/// What layers send their ops to: a backend, which runs them, or a recorder, which records them for later.
public protocol OpRunner: AnyObject {
  /// Allocates a tensor. Its elements are undefined; its padding is zero.
  /// - Throws: `AllocationError` if the device is out of memory or the backend's limit is reached.
  func allocate(_ type: TensorType) throws -> Tensor

  /// Queues an op. An output may be the same tensor as the input that `inPlace` maps it to.
  func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws
}

extension OpRunner {
  /// Queues an op and returns its outputs as new tensors.
  public func run(_ op: any Op, _ inputs: [Tensor]) throws -> [Tensor] {
    let outputs = try op.outputTypes(inputs.map(\.type)).map(allocate)
    try run(op, inputs, into: outputs)
    return outputs
  }
}

/// Runs ops. Work is queued in order; `download` and `finish` wait for it. Only one thread at a time may use a backend.
public protocol Backend: OpRunner {
  /// One line for users: the device and its driver.
  var description: String { get }

  /// Bytes of tensor memory allocated, in use or free in the pool.
  var heldBytes: Int { get }

  /// Properties of this backend's memory that planning needs.
  var memoryTraits: MemoryTraits { get }

  /// One zeroed piece of memory, as a plain tensor, which `part` divides.
  func allocatePiece(floats count: Int) throws -> Tensor

  /// A tensor of `type` within a piece. `offset` is in floats from the piece's start, a multiple of the alignment.
  func part(of piece: Tensor, at offset: Int, _ type: TensorType) throws -> Tensor

  /// Copies host values to the device.
  func upload(_ host: HostTensor, to tensor: Tensor) throws

  /// Waits for the queue and copies a tensor to the host.
  func download(_ tensor: Tensor) throws -> HostTensor

  /// Queues a copy of a tensor to the host, with the contents it has after all work queued so far.
  func queueDownload(_ tensor: Tensor) throws -> PendingDownload

  /// Compiles the kernels that schedules need and allocates their temporaries. The schedules share this memory, so only
  /// one runs at a time.
  func prepare(_ schedules: [Schedule]) throws -> [any Replay]

  /// Waits until all queued work is done.
  func finish() throws
}

extension Backend {
  public func upload(_ host: HostTensor, as role: TensorRole) throws -> Tensor {
    let tensor = try allocate(TensorType(host.shape, role))
    try upload(host, to: tensor)
    return tensor
  }
}

/// A copy to the host that has been queued.
public struct PendingDownload {
  /// Waits for the copy if it is not done yet.
  public let value: () throws -> HostTensor

  package init(_ value: @escaping () throws -> HostTensor) { self.value = value }
}

/// A schedule that a backend has prepared and can run any number of times.
public protocol Replay: AnyObject {
  /// Queues the whole schedule and waits for the previous run. The host is thus at most one run ahead of the device.
  func run() throws
}

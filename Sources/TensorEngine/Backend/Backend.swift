/// Where layers send their ops: a backend, which runs them, or a recorder, which notes them for later.
public protocol OpRunner: AnyObject {
  /// Memory for a tensor; contents are undefined, but padding is zero.
  /// - Throws: `AllocationError` if the device has no memory left or the limit of the backend is reached.
  func allocate(_ type: TensorType) throws -> Tensor

  /// Queues an op. An output may be the same tensor as the input that the op names for it in `inPlace`.
  func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws
}

extension OpRunner {
  /// Queues an op and returns its outputs in new memory.
  public func run(_ op: any Op, _ inputs: [Tensor]) throws -> [Tensor] {
    let outputs = try op.outputTypes(inputs.map(\.type)).map(allocate)
    try run(op, inputs, into: outputs)
    return outputs
  }
}

/// Where ops run. Work is queued in order; `download` and `finish` wait for it. One thread at a time may use a backend.
public protocol Backend: OpRunner {
  /// One line for people: which device, through what.
  var description: String { get }

  /// Bytes of tensor memory held, in use or ready for use.
  var heldBytes: Int { get }

  /// What planning has to know of this backend's memory.
  var memoryTraits: MemoryTraits { get }

  /// One piece of memory of zeros, as a plain tensor, for `part` to divide.
  func allocatePiece(floats count: Int) throws -> Tensor

  /// A tensor of `type` within a piece, `offset` floats from its start, a multiple of the alignment.
  func part(of piece: Tensor, at offset: Int, _ type: TensorType) throws -> Tensor

  /// Copies host values to the device.
  func upload(_ host: HostTensor, to tensor: Tensor) throws

  /// Waits for the queue and copies a tensor to the host.
  func download(_ tensor: Tensor) throws -> HostTensor

  /// Queues a copy of a tensor, as it is when what was queued so far is done, to the host.
  func queueDownload(_ tensor: Tensor) throws -> PendingDownload

  /// Compiles what schedules need and gives their temporaries memory, which they share: only one runs at a time.
  func prepare(_ schedules: [Schedule]) throws -> [any Replay]

  /// Waits until everything queued is done.
  func finish() throws
}

extension Backend {
  public func upload(_ host: HostTensor, as role: TensorRole) throws -> Tensor {
    let tensor = try allocate(TensorType(host.shape, role))
    try upload(host, to: tensor)
    return tensor
  }
}

/// A copy to the host that is under way.
public struct PendingDownload {
  /// Waits for the copy where it is not done yet.
  public let value: () throws -> HostTensor

  package init(_ value: @escaping () throws -> HostTensor) { self.value = value }
}

/// A schedule that a backend is ready to run, again and again.
public protocol Replay: AnyObject {
  /// Queues the whole schedule, and waits until the run before it is done: the host prepares one run while the device is
  /// busy with another, and gets no further ahead.
  func run() throws
}

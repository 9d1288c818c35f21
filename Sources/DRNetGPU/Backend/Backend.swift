/// Memory of one tensor on a backend. Freed, or returned to the backend's pool, with the last reference.
public final class Tensor: @unchecked Sendable {
  public let type: TensorType
  /// The backend's own handle on the memory.
  let storage: AnyObject

  public var shape: Shape { type.shape }

  init(_ type: TensorType, storage: AnyObject) {
    self.type = type
    self.storage = storage
  }
}

/// Where ops run. Work is queued in order; `download` and `finish` wait for it. One thread at a time may use a backend.
public protocol Backend: AnyObject {
  /// One line for people: which device, through what.
  var description: String { get }

  /// Memory for a tensor; contents are undefined, but padding is zero.
  /// - Throws: `DeviceError` where the device has no memory left or the pool's limit is reached.
  func allocate(_ type: TensorType) throws -> Tensor

  /// Copies host values to the device.
  func upload(_ host: HostTensor, to tensor: Tensor) throws

  /// Waits for the queue and copies a tensor to the host.
  func download(_ tensor: Tensor) throws -> HostTensor

  /// Queues an op. An output may be the same tensor as an input where the op allows it.
  func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws

  /// Waits until everything queued is done.
  func finish() throws
}

extension Backend {
  public func upload(_ host: HostTensor, as role: TensorRole) throws -> Tensor {
    let tensor = try allocate(TensorType(host.shape, role))
    try upload(host, to: tensor)
    return tensor
  }

  /// Queues an op and returns its outputs in new memory.
  public func run(_ op: any Op, _ inputs: [Tensor]) throws -> [Tensor] {
    let outputs = try op.outputTypes(inputs.map(\.type)).map(allocate)
    try run(op, inputs, into: outputs)
    return outputs
  }
}

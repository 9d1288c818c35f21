/// A tensor in the memory of a backend. The memory is freed, or returned to the
/// backend's pool, with the last reference.
public final class Tensor: @unchecked Sendable {
  public let type: TensorType
  /// The backend's handle of the memory.
  package let storage: any TensorStorage

  public var shape: Shape { type.shape }

  package init(_ type: TensorType, storage: any TensorStorage) {
    self.type = type
    self.storage = storage
  }
}

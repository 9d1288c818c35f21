/// Memory of one tensor on a backend. Freed, or returned to the backend's pool, with the last reference.
public final class Tensor: @unchecked Sendable {
  public let type: TensorType
  /// The backend's own handle on the memory.
  package let storage: any TensorStorage

  public var shape: Shape { type.shape }

  package init(_ type: TensorType, storage: any TensorStorage) {
    self.type = type
    self.storage = storage
  }
}

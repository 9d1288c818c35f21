/// A backend could not give a tensor memory. All sizes in bytes.
public enum AllocationError: Error, Equatable, CustomStringConvertible {
  /// The device has no room; `reason` is what its driver said.
  case outOfMemory(reason: String, asked: Int, held: Int)
  /// The backend may not hold more than `limit`.
  case limitExceeded(asked: Int, held: Int, limit: Int)

  public var description: String {
    switch self {
    case .outOfMemory(let reason, let asked, let held):
      "the device has no room for \(ByteCount(asked).exact) more, \(ByteCount(held).exact) being held (\(reason))"
    case .limitExceeded(let asked, let held, let limit):
      "\(ByteCount(asked).exact) more would exceed the memory limit of \(ByteCount(limit).exact), "
        + "\(ByteCount(held).exact) being held"
    }
  }
}

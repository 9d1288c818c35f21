/// A backend could not allocate memory for a tensor. All sizes are in bytes.
public enum AllocationError: Error, Equatable, CustomStringConvertible {
  /// The device is out of memory; `reason` is the driver's message.
  case outOfMemory(reason: String, asked: Int, held: Int)
  /// The allocation would exceed the backend's `limit`.
  case limitExceeded(asked: Int, held: Int, limit: Int)
  /// The process may not have the address space that BLAS needs for its buffer.
  case noAddressSpace(asked: Int)

  public var description: String {
    switch self {
    case .outOfMemory(let reason, let asked, let held):
      "the device has no room for \(ByteCount(asked).exact) more, \(ByteCount(held).exact) being held (\(reason))"
    case .limitExceeded(let asked, let held, let limit):
      "\(ByteCount(asked).exact) more would exceed the memory limit of \(ByteCount(limit).exact), "
        + "\(ByteCount(held).exact) being held"
    case .noAddressSpace(let asked):
      "the limits of this process leave no \(ByteCount(asked)) of address space for BLAS; raise them (ulimit -v)"
    }
  }
}

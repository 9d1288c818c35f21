import Foundation

/// Floats on the host.
final class HostMemory: TensorStorage {
  /// In bytes; the size of a cache line.
  static let alignment = 64

  let base: UnsafeMutablePointer<Float>
  /// In floats from the start of the loan or piece.
  let extent: MemoryExtent
  /// Returns the memory to its pool when the last reference is released.
  private let owner: AnyObject

  /// Memory that is not a part of a piece.
  fileprivate init(base: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
    self.base = base
    self.owner = owner
    extent = MemoryExtent(owner, 0..<count)
  }

  /// A part of `piece`, `offset` floats from its start.
  init(of piece: HostMemory, at offset: Int, count: Int) {
    base = piece.base + offset
    owner = piece
    extent = piece.extent.part(at: offset, count: count)
  }
}

/// Keeps freed memory for the next tensor of the same size. Networks allocate the same sizes again and again, and fresh
/// pages cost more than the arithmetic on them.
final class HostMemoryPool {
  /// One piece of memory, which returns to its pool.
  private final class Loan {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    let pool: HostMemoryPool

    init(base: UnsafeMutablePointer<Float>, count: Int, pool: HostMemoryPool) {
      self.base = base
      self.count = count
      self.pool = pool
    }

    deinit { pool.free[count, default: []].append(base) }
  }

  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  private(set) var heldBytes = 0
  private let limit: Int?

  init(limit: Int?) { self.limit = limit }

  func memory(floats count: Int) throws -> HostMemory {
    let base = try free[count]?.popLast() ?? make(count)
    return HostMemory(base: base, count: count, owner: Loan(base: base, count: count, pool: self))
  }

  private func make(_ count: Int) throws -> UnsafeMutablePointer<Float> {
    let bytes = count * MemoryLayout<Float>.stride
    if let limit, heldBytes + bytes > limit {
      throw AllocationError.limitExceeded(asked: bytes, held: heldBytes, limit: limit)
    }
    // Swift's own allocation ends the process if there is no memory.
    var pointer: UnsafeMutableRawPointer?
    let code = posix_memalign(&pointer, HostMemory.alignment, max(bytes, HostMemory.alignment))
    guard code == 0, let memory = pointer else {
      throw AllocationError.outOfMemory(reason: String(cString: strerror(code)), asked: bytes, held: heldBytes)
    }
    heldBytes += bytes
    return memory.bindMemory(to: Float.self, capacity: count)
  }

  deinit {
    for base in free.values.joined() { Glibc.free(base) }
  }
}

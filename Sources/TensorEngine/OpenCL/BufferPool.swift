import COpenCL
import Synchronization

/// Device memory of tensors. Freed blocks are kept for tensors of the same type,
/// so padding, which starts as zero and is never written, stays zero. The queue is
/// in order, so a block can be reused while kernels that use it are still queued.
final class BufferPool: Sendable {
  private struct WeakBlock { weak var block: MemoryBlock? }

  private struct State {
    var free: [TensorType: [MemoryBlock]] = [:]
    /// Bytes in use and free.
    var held = 0
    /// Guarded blocks in use, and the overruns found in those no longer in use.
    var guarded: [ObjectIdentifier: WeakBlock] = [:]
    var overruns: [TensorType] = []
  }

  private nonisolated(unsafe) let queue: CommandQueue
  private let mode: MemoryMode
  private let limit: Int
  private let precision: Precision
  private let state = Mutex(State())

  /// - Parameter limit: maximum bytes to allocate; nil for all of the device's memory.
  init(_ queue: CommandQueue, limit: Int?, mode: MemoryMode, precision: Precision) {
    self.queue = queue
    self.mode = mode
    self.precision = precision
    self.limit = limit ?? queue.device.facts.memoryBytes
  }

  /// Bytes that the pool has taken from the device.
  var heldBytes: Int { state.withLock { $0.held } }

  /// Allocates memory for a tensor. Padding is zero; elements are undefined unless `zeroed`.
  func take(_ type: TensorType, zeroed: Bool = false) throws -> DeviceBuffer {
    if let block = state.withLock({ $0.free[type]?.popLast() }) {
      if zeroed { try block.fill(0, queue) }
      return DeviceBuffer(block, pool: self)
    }
    let block = try make(type)
    if mode == .guarded { state.withLock { $0.guarded[ObjectIdentifier(block)] = WeakBlock(block: block) } }
    return DeviceBuffer(block, pool: self)
  }

  /// Takes back the block of a released tensor.
  func giveBack(_ block: MemoryBlock) {
    if mode == .pooled {
      state.withLock { $0.free[block.type, default: []].append(block) }
      return
    }
    // If the device fails, the next call that can throw reports it.
    let isWhole = (try? block.guardsAreWhole(queue)) ?? true
    state.withLock {
      $0.guarded[ObjectIdentifier(block)] = nil
      $0.held -= block.bytes
      if !isWhole { $0.overruns.append(block.type) }
    }
  }

  /// Types of all guarded tensors so far whose guards were overwritten.
  func overruns() throws(DeviceError) -> [TensorType] {
    var found = state.withLock { $0.overruns }
    let blocks = state.withLock { $0.guarded.values.compactMap(\.block) }
    for block in blocks where try !block.guardsAreWhole(queue) { found.append(block.type) }
    return found
  }

  private func make(_ type: TensorType) throws -> MemoryBlock {
    let alignment = queue.device.facts.alignmentBytes
    let layout = BlockedLayout(type, precision)
    let asked = MemoryBlock.bytes(layout, guarded: mode == .guarded, alignment: alignment)
    if heldBytes + asked > limit { dropFree() }
    let held = heldBytes
    if held + asked > limit { throw AllocationError.limitExceeded(asked: asked, held: held, limit: limit) }
    let block: MemoryBlock
    do {
      block = try newBlock(layout)
    } catch let error {
      guard error.isOutOfMemory else {
        throw DeviceError.call(error, doing: "allocating \(ByteCount(asked).exact) on \(queue.device.facts.name)")
      }
      dropFree()
      do {
        block = try newBlock(layout)
      } catch { throw AllocationError.outOfMemory(reason: "\(error)", asked: asked, held: heldBytes) }
    }
    state.withLock { $0.held += block.bytes }
    return block
  }

  private func newBlock(_ layout: BlockedLayout) throws(OpenCLStatus) -> MemoryBlock {
    try MemoryBlock(layout, on: queue, guarded: mode == .guarded)
  }

  /// Returns all free blocks to the device.
  private func dropFree() {
    state.withLock {
      $0.held -= $0.free.values.joined().reduce(0) { $0 + $1.bytes }
      $0.free = [:]
    }
  }
}

/// A tensor's reference to a block of memory; the last one returns the block to the pool.
final class DeviceBuffer: TensorStorage {
  let block: MemoryBlock
  /// nil for a part of another buffer.
  private let pool: BufferPool?
  /// In order of creation. NVIDIA's driver (580) crashes if overlapping parts that kernels have used are released in
  /// this order, but not in the reverse order. So all are released together with the last part.
  private var parts: [OpenCLMemory] = []

  init(_ block: MemoryBlock, pool: BufferPool?) {
    self.block = block
    self.pool = pool
  }

  var extent: MemoryExtent { block.extent }

  deinit {
    while parts.popLast() != nil {}
    pool?.giveBack(block)
  }

  /// A part for a tensor of `type`, `offset` bytes from the start of this buffer.
  func part(_ type: TensorType, at offset: Int) throws(OpenCLStatus) -> MemoryBlock {
    let layout = BlockedLayout(type, block.layout.precision)
    var region = cl_buffer_region(origin: offset, size: layout.bytes)
    var status: Int32 = CL_SUCCESS
    let kind = cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION)
    guard let part = clCreateSubBuffer(block.memory.handle, cl_mem_flags(CL_MEM_READ_WRITE), kind, &region, &status)
    else {
      throw OpenCLStatus(status)
    }
    parts.append(OpenCLMemory(part))
    return MemoryBlock(layout, parts[parts.count - 1], of: self, at: offset)
  }
}

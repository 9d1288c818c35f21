import COpenCL

/// A piece of device memory with the layout of a tensor, and its guard words if it has any.
/// Its handles are immutable, and OpenCL lets any thread use them.
final class MemoryBlock: @unchecked Sendable {
  /// The buffer that kernels get; starts at the first element.
  let memory: OpenCLMemory
  let layout: BlockedLayout
  /// Bytes taken from the device, guards included.
  let bytes: Int
  /// Bytes from the first element to the last.
  let contentBytes: Int
  /// The buffer that holds guard, content, guard.
  private let whole: OpenCLMemory?
  /// The memory that contains this block, and the offset there in bytes; nil if the block has memory of its own.
  private let place: (owner: DeviceBuffer, offset: Int)?
  private let guardBytes: Int

  /// The word that guards consist of: not zero, and not a float that occurs in practice.
  private static let pattern: UInt32 = 0xA5A5_A5A5
  /// Minimum length of a guard: a whole row of a large map.
  private static let minGuardBytes = 4096

  var type: TensorType { layout.type }

  /// The range that kernels see, in bytes.
  var extent: MemoryExtent {
    guard let place else { return MemoryExtent(self, 0..<contentBytes) }
    return place.owner.extent.part(at: place.offset, count: contentBytes)
  }

  static func bytes(_ layout: BlockedLayout, guarded: Bool, alignment: Int) -> Int {
    layout.bytes + (guarded ? 2 * guardLength(alignment) : 0)
  }

  private static func guardLength(_ alignment: Int) -> Int {
    minGuardBytes.roundedUp(toMultipleOf: alignment)
  }

  /// Allocates memory on the device, filled with zeros.
  init(_ layout: BlockedLayout, on queue: CommandQueue, guarded: Bool) throws(OpenCLStatus) {
    self.layout = layout
    place = nil
    contentBytes = layout.bytes
    let flags = cl_mem_flags(CL_MEM_READ_WRITE)
    var status: Int32 = CL_SUCCESS
    let alignment = queue.device.facts.alignmentBytes
    bytes = Self.bytes(layout, guarded: guarded, alignment: alignment)
    guardBytes = guarded ? Self.guardLength(alignment) : 0
    guard let buffer = clCreateBuffer(queue.context, flags, bytes, nil, &status).map(OpenCLMemory.init) else {
      throw OpenCLStatus(status)
    }
    if guarded {
      var region = cl_buffer_region(origin: guardBytes, size: contentBytes)
      let kind = cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION)
      guard let content = clCreateSubBuffer(buffer.handle, flags, kind, &region, &status) else {
        throw OpenCLStatus(status)
      }
      whole = buffer
      memory = OpenCLMemory(content)
    } else {
      whole = nil
      memory = buffer
    }
    if guarded {
      status = Self.fill(buffer, Self.pattern, 0..<guardBytes, queue)
      if status == CL_SUCCESS { status = Self.fill(buffer, Self.pattern, (bytes - guardBytes)..<bytes, queue) }
    }
    // Drivers that allocate lazily report here that there is no memory.
    if status == CL_SUCCESS { status = Self.fill(memory, 0, 0..<contentBytes, queue) }
    if status != CL_SUCCESS { throw OpenCLStatus(status) }
  }

  /// A part of another tensor's memory, `offset` bytes from its start. `memory` is the sub-buffer that the owner
  /// created. Contents are left unchanged.
  init(_ layout: BlockedLayout, _ memory: OpenCLMemory, of owner: DeviceBuffer, at offset: Int) {
    self.layout = layout
    self.memory = memory
    place = (owner, offset)
    whole = nil
    guardBytes = 0
    contentBytes = layout.bytes
    bytes = 0
  }

  /// Waits for the queue and returns whether the guards are intact; true if there are none.
  func guardsAreWhole(_ queue: CommandQueue) throws(DeviceError) -> Bool {
    guard let whole else { return true }
    var words = [UInt32](repeating: 0, count: guardBytes / MemoryLayout<UInt32>.stride)
    for offset in [0, bytes - guardBytes] {
      let status = clEnqueueReadBuffer(
        queue.queue, whole.handle, cl_bool(CL_TRUE), offset, guardBytes, &words, 0, nil, nil)
      try queue.check(status, "reading the guard words of \(type)")
      if words.contains(where: { $0 != Self.pattern }) { return false }
    }
    return true
  }

  /// Queues a fill of everything that kernels see.
  func fill(_ word: UInt32, _ queue: CommandQueue) throws(DeviceError) {
    try queue.check(Self.fill(memory, word, 0..<contentBytes, queue), "filling \(type)")
  }

  private static func fill(_ memory: OpenCLMemory, _ word: UInt32, _ range: Range<Int>, _ queue: CommandQueue) -> Int32
  {
    var word = word
    return clEnqueueFillBuffer(
      queue.queue, memory.handle, &word, MemoryLayout<UInt32>.size, range.lowerBound, range.count, 0, nil, nil)
  }
}

import COpenCL

/// One piece of device memory with the layout of a tensor, and its guard words where it has any.
/// Immutable handles, which OpenCL lets any thread use.
final class MemoryBlock: @unchecked Sendable {
  /// What kernels see; starts at the first element.
  let memory: OpenCLMemory
  let layout: BlockedLayout
  /// Bytes taken from the device, guards included.
  let bytes: Int
  /// Bytes from the first element to the last.
  let contentBytes: Int
  /// The buffer that holds guard, content, guard.
  private let whole: OpenCLMemory?
  /// The memory that this block is a part of, and where in bytes; nil for memory of its own.
  private let place: (owner: DeviceBuffer, offset: Int)?
  private let guardBytes: Int

  /// The word that guards are made of: not zero, and no float anyone computes with.
  private static let pattern: UInt32 = 0xA5A5_A5A5
  /// Guards are at least so long: a whole row of a large map.
  private static let minGuardBytes = 4096

  var type: TensorType { layout.type }

  /// Of what kernels see, in bytes.
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

  /// Takes memory from the device. Contents start as zero.
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
    // Drivers that allocate late say here that there is no room.
    if status == CL_SUCCESS { status = Self.fill(memory, 0, 0..<contentBytes, queue) }
    if status != CL_SUCCESS { throw OpenCLStatus(status) }
  }

  /// A part of the memory of another tensor, `offset` bytes from its start, which has made `memory` for it. Contents are
  /// as they are.
  init(_ layout: BlockedLayout, _ memory: OpenCLMemory, of owner: DeviceBuffer, at offset: Int) {
    self.layout = layout
    self.memory = memory
    place = (owner, offset)
    whole = nil
    guardBytes = 0
    contentBytes = layout.bytes
    bytes = 0
  }

  /// Waits for the queue and says whether the guards are as they were; true where there are none.
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

  /// Queues the filling of all that kernels see.
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

import COpenCL

/// Host memory in device form, for a copy to or from the device.
private final class Staging {
  let layout: BlockedLayout
  let memory: UnsafeMutableRawPointer

  var type: TensorType { layout.type }
  var bytes: Int { layout.bytes }

  /// Starts as zero. Padding stays zero, since packing writes only elements.
  init(_ layout: BlockedLayout) {
    self.layout = layout
    memory = .allocate(byteCount: layout.bytes, alignment: MemoryLayout<Float>.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: layout.bytes)
  }

  deinit { memory.deallocate() }

  func pack(_ host: HostTensor) { layout.pack(host, into: memory) }
  func unpack() -> HostTensor { layout.unpack(memory) }
}

/// Copies between host tensors and device memory. An upload returns before the device has read its staging memory,
/// which is kept until then, and reused for tensors of the same type.
final class StagingMemory {
  private struct Upload {
    let event: OpenCLEvent
    let staging: Staging
  }

  /// Maximum bytes of pending uploads. Beyond it the host waits for the oldest, so it cannot run ahead without bound.
  private static let maxBytesUnderWay = 64 << 20
  /// Maximum bytes of staging memory that is kept for later copies of the same type.
  private static let maxBytesKept = 64 << 20

  private let queue: CommandQueue
  /// Oldest first. The queue is in order, so they complete in this order.
  private var underWay: [Upload] = []
  private var bytesUnderWay = 0
  private var free: [TensorType: [Staging]] = [:]
  private var bytesKept = 0

  init(_ queue: CommandQueue) { self.queue = queue }

  /// The device may still be reading.
  deinit { clFinish(queue.queue) }

  func upload(_ host: HostTensor, to block: MemoryBlock) throws(DeviceError) {
    try retire()
    let staging = take(block.layout)
    staging.pack(host)
    var event: cl_event?
    let status = clEnqueueWriteBuffer(
      queue.queue, block.memory.handle, cl_bool(CL_FALSE), 0, staging.bytes, staging.memory, 0, nil, &event)
    try queue.check(status, "uploading \(block.type)")
    underWay.append(Upload(event: OpenCLEvent(event!), staging: staging))
    bytesUnderWay += staging.bytes
  }

  /// Waits for all queued work and reads a tensor.
  func download(_ block: MemoryBlock) throws(DeviceError) -> HostTensor {
    let staging = take(block.layout)
    let status = clEnqueueReadBuffer(
      queue.queue, block.memory.handle, cl_bool(CL_TRUE), 0, staging.bytes, staging.memory, 0, nil, nil)
    try queue.check(status, "downloading \(block.type)")
    try retire()
    defer { keep(staging) }
    return staging.unpack()
  }

  /// Queues a read of a tensor.
  func queueDownload(_ block: MemoryBlock) throws(DeviceError) -> Download {
    let staging = take(block.layout)
    var event: cl_event?
    let status = clEnqueueReadBuffer(
      queue.queue, block.memory.handle, cl_bool(CL_FALSE), 0, staging.bytes, staging.memory, 0, nil, &event)
    try queue.check(status, "downloading \(block.type)")
    return Download(event: OpenCLEvent(event!), staging: staging, memory: self)
  }

  /// A tensor on its way to the host.
  final class Download {
    private let event: OpenCLEvent
    private let staging: Staging
    private let memory: StagingMemory

    fileprivate init(event: OpenCLEvent, staging: Staging, memory: StagingMemory) {
      self.event = event
      self.staging = staging
      self.memory = memory
    }

    /// The device may still be writing if the value was never read.
    deinit {
      _ = event.wait()
      memory.keep(staging)
    }

    /// Waits for the tensor.
    func value() throws(DeviceError) -> HostTensor {
      try memory.queue.check(event.wait(), "downloading \(staging.type)")
      return staging.unpack()
    }
  }

  /// Reclaims the staging memory of uploads that are done.
  func retire() throws(DeviceError) {
    var done = 0
    // Also if the device fails: what is kept must not be reclaimed again.
    defer { underWay.removeFirst(done) }
    while done < underWay.count {
      let event = underWay[done].event
      if bytesUnderWay > Self.maxBytesUnderWay {
        try queue.check(event.wait(), "waiting for an upload")
      } else {
        var state: Int32 = 0
        let question = cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS)
        try queue.check(
          clGetEventInfo(event.handle, question, MemoryLayout<Int32>.size, &state, nil),
          "querying the status of an upload")
        if state > CL_COMPLETE { break }
        try queue.check(state, "uploading \(underWay[done].staging.type)")
      }
      bytesUnderWay -= underWay[done].staging.bytes
      keep(underWay[done].staging)
      done += 1
    }
  }

  private func take(_ layout: BlockedLayout) -> Staging {
    guard let staging = free[layout.type]?.popLast() else { return Staging(layout) }
    bytesKept -= staging.bytes
    return staging
  }

  /// Keeps memory that every step uses: batches and single numbers. Weights are
  /// copied only at the start and in checkpoints.
  private func keep(_ staging: Staging) {
    let role = staging.type.role
    guard role == .features || role == .plain, bytesKept + staging.bytes <= Self.maxBytesKept else { return }
    free[staging.type, default: []].append(staging)
    bytesKept += staging.bytes
  }
}

import COpenCL

/// A device's context and its single in-order queue: commands run in the order they were queued.
final class CommandQueue {
  let device: OpenCLDevice
  let context: cl_context
  let queue: cl_command_queue

  init(_ device: OpenCLDevice, profiling: Bool) throws(DeviceError) {
    self.device = device
    if let obstacle = device.facts.obstacle { throw .unusableDevice(device.facts.name, reason: obstacle) }
    var status: Int32 = CL_SUCCESS
    var properties = [Int(CL_CONTEXT_PLATFORM), Int(bitPattern: device.platformID), 0]
    var id: cl_device_id? = device.deviceID
    guard let context = clCreateContext(&properties, 1, &id, nil, nil, &status) else {
      throw .call(OpenCLStatus(status), doing: "opening \(device.facts.name)")
    }
    let flags = profiling ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0
    guard let queue = clCreateCommandQueue(context, device.deviceID, flags, &status) else {
      clReleaseContext(context)
      throw .call(OpenCLStatus(status), doing: "making a queue on \(device.facts.name)")
    }
    self.context = context
    self.queue = queue
  }

  deinit {
    // Queued commands may still read host memory that the owner frees afterwards.
    clFinish(queue)
    clReleaseCommandQueue(queue)
    clReleaseContext(context)
  }

  /// Throws if the status code of a call is not success.
  func check(_ status: Int32, _ doing: @autoclosure () -> String) throws(DeviceError) {
    if status != CL_SUCCESS { throw .call(OpenCLStatus(status), doing: "\(doing()) on \(device.facts.name)") }
  }

  /// Waits until all queued commands are done.
  func finish() throws(DeviceError) { try check(clFinish(queue), "waiting for the queue") }

  /// Queues a marker: an event that completes when all commands before it are done.
  func mark() throws(DeviceError) -> OpenCLEvent {
    var mark: cl_event?
    try check(clEnqueueMarkerWithWaitList(queue, 0, nil, &mark), "marking the queue")
    return OpenCLEvent(mark!)
  }

  /// Makes the driver start queued commands, without waiting.
  func flush() throws(DeviceError) { try check(clFlush(queue), "starting the queue") }
}

import COpenCL

/// Start and end of a launch of a profiled run, by the device's clock in nanoseconds.
package struct KernelTime: Hashable, Sendable {
  package var variant: KernelVariant
  package var start: UInt64
  package var end: UInt64
}

/// Events of profiled launches.
final class KernelTimes {
  private var events: [(KernelVariant, OpenCLEvent)] = []

  func add(_ variant: KernelVariant, _ event: OpenCLEvent) { events.append((variant, event)) }

  /// Times of the launches since the last call, in launch order. The queue must be finished.
  func take() -> [KernelTime] {
    defer { events = [] }
    return events.map { variant, event in
      var (start, end): (cl_ulong, cl_ulong) = (0, 0)
      let size = MemoryLayout<cl_ulong>.size
      clGetEventProfilingInfo(event.handle, cl_profiling_info(CL_PROFILING_COMMAND_START), size, &start, nil)
      clGetEventProfilingInfo(event.handle, cl_profiling_info(CL_PROFILING_COMMAND_END), size, &end, nil)
      return KernelTime(variant: variant, start: start, end: end)
    }
  }
}

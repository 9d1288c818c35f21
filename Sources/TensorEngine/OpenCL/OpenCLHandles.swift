import COpenCL

// OpenCL objects have manual reference counts. Each of these classes owns one reference and releases it in deinit.

/// The completion event of a queued command.
final class OpenCLEvent {
  let handle: cl_event

  init(_ handle: cl_event) { self.handle = handle }

  deinit { clReleaseEvent(handle) }

  /// Waits until the command is done.
  /// - Returns: a status code.
  func wait() -> Int32 {
    var event: cl_event? = handle
    return withExtendedLifetime(self) { clWaitForEvents(1, &event) }
  }
}

/// A compiled program.
final class OpenCLProgram {
  let handle: cl_program

  init(_ handle: cl_program) { self.handle = handle }

  deinit { clReleaseProgram(handle) }
}

/// A kernel and its arguments.
final class OpenCLKernel {
  let handle: cl_kernel

  init(_ handle: cl_kernel) { self.handle = handle }

  deinit { clReleaseKernel(handle) }
}

/// A buffer or a sub-buffer, which retains its parent.
final class OpenCLMemory {
  let handle: cl_mem

  init(_ handle: cl_mem) { self.handle = handle }

  deinit { clReleaseMemObject(handle) }
}

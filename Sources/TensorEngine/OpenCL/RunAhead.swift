import COpenCL

/// Keeps the host from queueing without end ahead of the device: some hundred launches keep a device busy, and more would
/// only cost memory and delay the answer to Ctrl-C.
final class RunAhead {
  /// Launches from one mark to the next; the driver is told to start at each.
  private static let launchesBetweenMarks = 16
  /// Marks that may be outstanding: 1024 launches, a few training steps.
  private static let mostMarks = 64

  private let queue: CommandQueue
  private var launches = 0
  /// Oldest first.
  private var marks: [cl_event] = []

  init(_ queue: CommandQueue) { self.queue = queue }

  deinit { for mark in marks { clReleaseEvent(mark) } }

  /// Counts one launch; waits where the host is too far ahead.
  func launched() throws(DeviceError) {
    launches += 1
    guard launches % Self.launchesBetweenMarks == 0 else { return }
    var mark: cl_event?
    try queue.check(clEnqueueMarkerWithWaitList(queue.queue, 0, nil, &mark), "marking the queue")
    if let mark { marks.append(mark) }
    try queue.flush()
    if marks.count > Self.mostMarks {
      var oldest: cl_event? = marks.removeFirst()
      let status = clWaitForEvents(1, &oldest)
      clReleaseEvent(oldest)
      try queue.check(status, "waiting for the queue")
    }
  }
}

/// Limits how far the host runs ahead of the device. A few hundred launches keep a device busy; more would only cost
/// memory and delay the response to Ctrl-C.
final class RunAhead {
  /// Launches between markers; the queue is flushed at each.
  private static let launchesBetweenMarks = 16
  /// Maximum outstanding markers: 1024 launches, a few training steps.
  private static let maxMarks = 64

  private let queue: CommandQueue
  private var launches = 0
  /// Oldest first.
  private var marks: [OpenCLEvent] = []

  init(_ queue: CommandQueue) { self.queue = queue }

  /// Counts one launch; waits if the host is too far ahead.
  func launched() throws(DeviceError) {
    launches += 1
    guard launches % Self.launchesBetweenMarks == 0 else { return }
    marks.append(try queue.mark())
    try queue.flush()
    if marks.count > Self.maxMarks { try queue.check(marks.removeFirst().wait(), "waiting for the queue") }
  }
}

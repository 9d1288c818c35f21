/// Keeps the host from queueing without end ahead of the device: some hundred launches keep a device busy, and more would
/// only cost memory and delay the answer to Ctrl-C.
final class RunAhead {
  /// Launches from one mark to the next; the driver is told to start at each.
  private static let launchesBetweenMarks = 16
  /// Marks that may be outstanding: 1024 launches, a few training steps.
  private static let maxMarks = 64

  private let queue: CommandQueue
  private var launches = 0
  /// Oldest first.
  private var marks: [OpenCLEvent] = []

  init(_ queue: CommandQueue) { self.queue = queue }

  /// Counts one launch; waits where the host is too far ahead.
  func launched() throws(DeviceError) {
    launches += 1
    guard launches % Self.launchesBetweenMarks == 0 else { return }
    marks.append(try queue.mark())
    try queue.flush()
    if marks.count > Self.maxMarks { try queue.check(marks.removeFirst().wait(), "waiting for the queue") }
  }
}

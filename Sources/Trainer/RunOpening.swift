import DRNetGPU
import Foundation

extension TrainedRun {
  /// Opens the run at `path` on the device that the options choose; prints which checkpoints are skipped.
  init(_ path: String, weights: ModelWeights?, on devices: DeviceOptions) throws {
    try self.init(
      URL(filePath: path), weights: weights, on: devices.open(), skipping: { Terminal.message("skipped: \($0)") })
  }
}

extension Terminal {
  /// Tells that a training which was on `old` goes on with another device.
  static func messageIfDeviceChanges(from old: String?, to new: String) {
    guard let old, old != new else { return }
    message(
      "trained on \(old) so far, now on \(new): another device rounds otherwise, so the result will not be the same bit "
        + "for bit")
  }
}

extension RunReplacement {
  /// Locks the run at `url`, and ends what killed processes began there; says so if an old run comes back.
  static func lock(_ url: URL) throws -> RunLock { try recover(url, locked: RunLock(url), report: Terminal.message) }
}

extension RunFolder {
  /// The newest usable checkpoint, from which a training resumes; prints it, and which are skipped. Those beyond the number
  /// to keep are removed; the caller holds the run's lock.
  func checkpointToResume(_ kind: Checkpoints.Kind, keep: Int) throws -> Checkpoints.Found? {
    let found = try newestCheckpoint(kind) { Terminal.message("skipped: \($0)") }
    if let found { try Checkpoints(in: self, kind, keep: keep).removeOldest(upTo: found.step) }
    Terminal.message(found.map { "resuming from step \($0.step)" } ?? "no checkpoint yet: starting at step 0")
    return found
  }
}

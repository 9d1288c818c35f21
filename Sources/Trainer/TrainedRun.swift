import DRNetGPU
import Foundation

extension TrainedRun {
  /// Opens the run at `path` on the device that the options choose; prints which checkpoints are skipped.
  init(_ path: String, weights: ModelWeights?, on devices: DeviceOptions) throws {
    try self.init(
      URL(filePath: path), weights: weights, on: devices.open(), skipping: { Terminal.message("skipped: \($0)") })
  }
}

extension RunFolder {
  /// The newest usable checkpoint; prints which are skipped.
  func newestCheckpoint(_ kind: Checkpoints.Kind) throws -> Checkpoints.Found? {
    try newestCheckpoint(kind) { Terminal.message("skipped: \($0)") }
  }
}

import DRNetGPU
import Files
import Foundation

/// What a sweep has finished of a run, as far as the run's own files do not tell: `sweep.json` in its folder.
struct SweepRecord: Codable, Equatable {
  /// Steps of the trained model.
  var step: Int
  /// The time limit of the training.
  var seconds: Double?
  /// Steps of the pose LSTM that was evaluated.
  var poseSteps: Int?
  /// Flags of the evaluation; nil if there is none yet.
  var evaluation: [String]?

  /// nil if there is none, or none that can be read: then the run is evaluated again.
  static func read(from folder: RunFolder) -> SweepRecord? {
    (try? Data(contentsOf: folder.sweepFile)).flatMap { try? JSONDecoder().decode(Self.self, from: $0) }
  }

  /// - Throws: `FileError` if the file cannot be written.
  func write(into folder: RunFolder) throws {
    try AtomicFile.write(
      JSONEncoder.stable(isPretty: true).encode(self) + Data("\n".utf8), to: folder.sweepFile)
  }
}

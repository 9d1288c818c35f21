import Files
import Foundation

/// The numbers of one run: what its evaluation measured, and what its training took.
package struct RunMeasures {
  /// Names of what a training took, which `evaluation.json` does not hold.
  package static let ofTraining = ["seconds", "framesPerSecond"]

  private let evaluation: JSONValue
  private let training: [String: Double]

  /// - Throws: `FileError` if `evaluation.json` or the metrics cannot be read.
  package init(_ folder: RunFolder) throws {
    do {
      evaluation = try JSONValue(parsing: folder.evaluationText())
    } catch let error as JSONValue.SyntaxError {
      throw FileError(folder.evaluationFile, "this is not JSON: \(error); write it again with drnet evaluate")
    }
    let rows = try MetricsLog.read(folder.metricsFile)
    let seconds = Self.trainingSeconds(rows)
    let frames = zip(rows["frames"], rows["framesPerSecond"]).filter { !$0.isNaN && !$1.isNaN }.last?.0
    training = ["seconds": seconds, "framesPerSecond": seconds > 0 ? frames.map { $0 / seconds } : nil]
      .compactMapValues { $0 }
  }

  /// The measure at a path such as `swapPSNR` or `prediction.psnr.9`; nil if the run does not have it.
  package subscript(name: String) -> Double? { training[name] ?? evaluation.value(at: name)?.double }

  /// All measures by name, also those at `paths`, as far as the run has them.
  package func values(and paths: [String]) -> [String: Double] {
    (evaluation.numberPaths + Self.ofTraining + paths).reduce(into: [:]) { $0[$1] = self[$1] }
  }

  /// Time of the training's steps, from the rates in its metrics: without the start, validation and checkpoints, and
  /// whatever the number of processes that trained it.
  /// - Parameter last: the step of the last row that counts.
  package static func trainingSeconds(_ rows: MetricsTable, upTo last: Int = .max) -> Double {
    var (seconds, counted) = (0.0, 0.0)
    for (step, (frames, rate)) in zip(rows.steps, zip(rows["frames"], rows["framesPerSecond"])) {
      guard step <= last, frames.isFinite, rate > 0 else { continue }
      seconds += (frames - counted) / rate
      counted = frames
    }
    return seconds
  }
}

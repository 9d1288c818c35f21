import Foundation
import Testing

/// The smallest training that uses every feature of a large one.
enum TinyRun {
  static let sizes = [
    "--data", "embedded", "--width", "4", "--content-dim", "8", "--pose-dim", "3", "--batch-size", "4",
  ]
  static let settings = sizes + ["--steps", "20", "--log-every", "3", "--save-every", "5"]
  static let poseSettings = [
    "--rnn-size", "8", "--rnn-layers", "1", "--n-past", "2", "--n-future", "2", "--batch-size", "2", "--steps", "30",
    "--log-every", "4", "--save-every", "5",
  ]
  static let cpu = ["--backend", "cpu"]

  /// A finished run on the CPU backend, trained once.
  static let finished: Result<Finished, any Error> = Result {
    let workspace = try Workspace()
    // Removed at exit, since a static is never released.
    atexit { try? TinyRun.finished.get().workspace.remove() }
    try workspace.succeed(["train"] + settings + cpu + ["--out", "run"])
    return Finished(workspace: workspace)
  }

  /// The finished run with a pose LSTM, trained once.
  private static let predicting: Result<Finished, any Error> = Result {
    let workspace = try copy()
    atexit { try? TinyRun.predicting.get().workspace.remove() }
    try workspace.succeed(["train-pose", "run"] + poseSettings + cpu)
    return Finished(workspace: workspace)
  }

  struct Finished: @unchecked Sendable {
    let workspace: Workspace
  }

  /// A new workspace with a copy of the finished run in `run`.
  static func copy() throws -> Workspace { try copy(of: finished.get()) }

  /// A new workspace with a copy of the finished run that has a pose LSTM in `run`.
  static func predictingCopy() throws -> Workspace { try copy(of: predicting.get()) }

  private static func copy(of finished: Finished) throws -> Workspace {
    let workspace = try Workspace()
    try FileManager.default.copyItem(at: finished.workspace["run"], to: workspace["run"])
    return workspace
  }

  /// A configuration that someone has edited, who has removed its checksum as told.
  static func edited(_ configuration: String, _ old: String, to new: String) -> String {
    configuration.replacing(#/  "checksum" : "[0-9a-f]{8}",\n/#, with: "").replacing(old, with: new)
  }

  static func checkpoint(_ step: Int, _ kind: String = "step", of run: String = "run") -> String {
    "\(run)/checkpoints/\(kind)-" + String(format: "%08d", step) + ".safetensors"
  }

  /// The rows of a log, without the two numbers that depend on time.
  static func rows(_ url: URL) throws -> [String] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
      String($0).replacing(#/, "(framesPerSecond|dataWaitShare)": [^,}]*/#, with: "")
    }
  }
}

import DRNetGPU
import Foundation
import Testing

/// The commands that are tried while calls fail.
extension FaultyCommand {
  /// Commands that write, on the CPU backend.
  static let onTheCPU = [
    training(onDevice: false), resumedTraining, replacedTraining, poseTraining(onDevice: false), replacedPoseTraining,
    preparation, replacedPreparation, prediction(onDevice: false), predictedFolder, report, swap,
  ]

  /// Commands that compute, on an OpenCL device.
  static let onTheDevice = [training(onDevice: true), poseTraining(onDevice: true), prediction(onDevice: true)]

  private static func backend(_ onDevice: Bool) -> [String] { onDevice ? ["--backend", "opencl"] : TinyRun.cpu }

  private static let sizes = TinyRun.sizes + ["--steps", "6", "--log-every", "2", "--save-every", "3"]

  private static func training(onDevice: Bool) -> FaultyCommand {
    let start = ["train", "--out", "faulty/run"] + sizes + backend(onDevice)
    return FaultyCommand(
      "train", start, prepare: { _ in },
      goOn: { workspace in
        let isThere = RunFolder.isRun(at: workspace["faulty/run"])
        return isThere ? ["train", "--resume", "faulty/run"] + backend(onDevice) : start
      })
  }

  private static let resumedTraining = FaultyCommand(
    "train --resume", ["train", "--resume", "faulty/run", "--steps", "23"] + TinyRun.cpu,
    prepare: { try copyRun(to: $0) })

  private static let replacedTraining = FaultyCommand(
    "train --force", ["train", "--out", "faulty/run", "--force"] + sizes + ["--seed", "5"] + TinyRun.cpu,
    prepare: { try copyRun(to: $0) })

  private static let poseSettings = [
    "--rnn-size", "8", "--rnn-layers", "1", "--n-past", "2", "--n-future", "2", "--batch-size", "2", "--steps", "6",
    "--log-every", "2", "--save-every", "3",
  ]

  private static func poseTraining(onDevice: Bool) -> FaultyCommand {
    let start = ["train-pose", "faulty/run"] + poseSettings + backend(onDevice)
    return FaultyCommand(
      "train-pose", start, prepare: { try copyRun(to: $0) },
      goOn: { workspace in
        let text = try? String(contentsOf: workspace["faulty/run/config.json"], encoding: .utf8)
        let isThere = text?.contains("\"pose\"") == true
        return isThere ? ["train-pose", "faulty/run", "--resume"] + backend(onDevice) : start
      })
  }

  private static let replacedPoseTraining = FaultyCommand(
    "train-pose --force", ["train-pose", "faulty/run", "--force"] + poseSettings + TinyRun.cpu,
    prepare: { try copyRun(to: $0, predicting: true) })

  private static let prepareChairs = ["prepare", "suncg", "--from", "faulty/chairs", "--out", "faulty/chairs.clips"]

  private static let preparation = FaultyCommand(
    "prepare", prepareChairs, prepare: { try $0.drawChairs(["a", "b"], in: "faulty/chairs") },
    goOn: { prepareChairs + replacing("faulty/chairs.clips", in: $0) })

  private static let replacedPreparation = FaultyCommand(
    "prepare --force", prepareChairs + ["--force", "--size", "128"],
    prepare: { workspace in
      try workspace.drawChairs(["a", "b"], in: "faulty/chairs")
      try Data("DRNETCLP of another preparation".utf8).write(to: workspace["faulty/chairs.clips"])
    })

  /// The flag with which a user goes on if `path` was written in spite of the error.
  private static func replacing(_ path: String, in workspace: Workspace) -> [String] {
    FileManager.default.fileExists(atPath: workspace[path].path) ? ["--force"] : []
  }

  private static let predict = ["generate", "faulty/run", "--frames", "4", "--clips", "1"]

  private static func prediction(onDevice: Bool) -> FaultyCommand {
    let command = predict + ["--out", "faulty/ahead.apng"] + backend(onDevice)
    return FaultyCommand(
      "generate", command, prepare: { try copyRun(to: $0, predicting: true) },
      goOn: { command + replacing("faulty/ahead.apng", in: $0) })
  }

  private static let follow = [
    "generate", "faulty/run", "--from", "faulty/walk", "--frames", "4", "--out", "faulty/ahead", "--force",
  ]

  /// In the place of another prediction, which has more frames.
  private static let predictedFolder = FaultyCommand(
    "generate --from --force", follow + TinyRun.cpu,
    prepare: { workspace in
      try copyRun(to: workspace, predicting: true)
      try FileManager.default.createDirectory(at: workspace["faulty/walk"], withIntermediateDirectories: true)
      for index in 0..<3 {
        let pixels = (0..<64 * 64).map { UInt8(truncatingIfNeeded: $0 / 30 + 40 * index) }
        try PNGImage(width: 64, height: 64, channels: 1, pixels: pixels)
          .write(to: workspace["faulty/walk/\(index).png"])
      }
      try workspace.succeed(follow + ["--frames", "6", "--start", "1"] + TinyRun.cpu)
    })

  private static let report = FaultyCommand(
    "report", ["report", "faulty/run"], prepare: { try copyRun(to: $0, predicting: true) })

  private static let swap = FaultyCommand(
    "swap", ["swap", "faulty/run", "--rows", "2", "--columns", "2"] + TinyRun.cpu, prepare: { try copyRun(to: $0) })

  /// Copies the finished run, or the one that has a pose LSTM, to `faulty/run`.
  private static func copyRun(to workspace: Workspace, predicting: Bool = false) throws {
    let copy = try predicting ? TinyRun.predictingCopy() : TinyRun.copy()
    try FileManager.default.moveItem(at: copy["run"], to: workspace["faulty/run"])
  }
}

import ArgumentParser
import DRNetGPU
import Foundation

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Observes a few frames of held-out clips and predicts far ahead.",
    discussion: """
      Writes a strip for each clip (truth above, prediction below) and one animated PNG of all of them.
      Example:
        drnet generate runs/first --frames 100
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model and pose LSTM.", valueName: "run")) var path:
    String
  @Option(help: "Frames to predict.") var frames = 100
  @Option(help: "Frames to observe; the number it was trained with unless given.") var nPast: Int?
  @Option(help: "Clips.") var clips = 6
  @Option(help: "Frames between two columns of a strip.") var stride = 10
  @Option(help: "Seed of the clips.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count, limit) in [
      ("frames", frames, 100_000), ("n-past", nPast ?? 1, 100_000), ("clips", clips, 1000), ("stride", stride, 100_000),
    ] where !(1...limit).contains(count) {
      throw ValidationError("--\(flag) \(count): expected a whole number from 1 to \(limit)")
    }
  }

  func run() throws {
    let trained = try TrainedRun(path, on: devices)
    let lstm = try trained.poseLSTM()
    let observed = nPast ?? trained.configuration.pose?.nPast ?? 10
    let source = try trained.clips(frames: observed + frames)
    let truth = try source.sequences(
      step: 2, size: clips, length: observed + frames, split: .heldOut, seed: seed, purpose: .generation
    ).frames
    let predicted = try PosePrediction(trained.extractor, lstm, on: trained.backend)
      .predict(observed: Array(truth[..<observed]), count: frames)
    let shown = truth[..<observed] + predicted
    let pictures = FramePictures(trained.extractor, scale: 1)
    for clip in 0..<clips {
      let url = trained.folder.images.appending(path: "prediction-\(clip).png")
      try pictures.strip(truth: truth, prediction: Array(shown), clip: clip, stride: stride).write(to: url)
      print(url.relativePath)
    }
    let url = trained.folder.images.appending(path: "prediction.png")
    try FramePictures(trained.extractor, scale: 2)
      .animation(truth: truth, prediction: Array(shown), framesPerSecond: 10).write(to: url)
    print(url.relativePath)
  }
}

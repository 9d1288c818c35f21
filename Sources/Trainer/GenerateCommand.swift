import ArgumentParser
import DRNetGPU
import Foundation

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Observes a few frames of a clip and predicts far ahead.",
    discussion: """
      Of held-out clips it shows the truth above and the prediction below, and writes into the run's images: a strip for \
      each clip and one animated PNG of all of them. Of a clip of your own it writes observed and predicted frames.
      The suffix of --out says what is written: .png a strip, .apng an animated PNG, .gif, .mp4; without one, a folder of \
      PNG frames. Margins are light while the model observes and dark once it predicts.
      Example:
        drnet generate runs/first --frames 100
        drnet generate runs/first --from walk.mp4 --frames 100 --out walk-ahead.mp4
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model and pose LSTM.", valueName: "run")) var path:
    String
  @Option(help: "Video, or folder of PNG frames, to go on with; held-out clips of the run unless given.")
  var from: String?
  @Option(help: "File or folder to write; with held-out clips the run's images unless given.") var out: String?
  @Option(help: "Frames to predict.") var frames = 100
  @Option(help: "Frames to observe; the number it was trained with unless given.") var nPast: Int?
  @Option(help: "With --from: the first frame to observe, counted from 0.") var start: Int?
  @OptionGroup var frameCrop: FrameCropOptions
  @Option(help: "Without --from: clips.") var clips: Int?
  @Option(help: "Without --from: seed of the clips.") var seed: UInt64?
  @Option(help: "Frames between two columns of a strip.") var stride = 10
  @Option(help: "How fast animations and videos play, in frames a second.") var frameRate = 10
  @Option(
    help: "Whole factor by which frames in pictures and videos are enlarged; so that they can be seen unless given.")
  var scale: Int?
  @Flag(help: "Replace what --out names.") var force = false

  func validate() throws {
    for (flag, count, limit) in [
      ("frames", frames, 100_000), ("n-past", nPast ?? 1, 10_000), ("clips", clips ?? 1, 1000),
      ("stride", stride, 100_000), ("frame-rate", frameRate, 100), ("scale", scale ?? 1, 32),
    ] where !(1...limit).contains(count) {
      throw ValidationError("--\(flag) \(count): expected a whole number from 1 to \(limit)")
    }
    if let start, !(0...1_000_000_000).contains(start) {
      throw ValidationError("--start \(start): expected a whole number from 0")
    }
    for (flag, path) in [("from", from), ("out", out)] where path == "" {
      throw ValidationError("--\(flag) '': expected a path")
    }
    if from != nil {
      for (flag, isGiven) in [("clips", clips != nil), ("seed", seed != nil)] where isGiven {
        throw ValidationError("--\(flag) chooses among the clips of the run; leave it out, or leave out --from")
      }
      if out == nil { throw ValidationError("--out: expected a file or folder to write what follows --from to") }
    } else {
      for (flag, isGiven) in [
        ("start", start != nil), ("crop", frameCrop.crop), ("box", frameCrop.box != nil),
      ] where isGiven {
        throw ValidationError("--\(flag) is for a clip that --from names")
      }
    }
  }

  func run() throws {
    let file = try out.map { try PredictionFile(URL(filePath: $0), force: force) }
    if from == nil, file?.format == .frames {
      throw SettingError("out", out ?? "", expected: ".png, .apng, .gif or .mp4, since a folder of frames needs --from")
    }
    let generation = try Generation(TrainedRun(path, on: devices), settings)
    if let from, let file {
      try generation.predict(after: OwnClip(URL(filePath: from), crop: frameCrop.value), from: start ?? 0, to: file)
      print(file.url.relativePath)
    } else {
      try generation.compareWithTruth(clips: clips ?? 6, seed: seed ?? 7, to: file) { print($0.relativePath) }
    }
  }

  private var settings: Generation.Settings {
    var settings = Generation.Settings()
    settings.frames = frames
    settings.observed = nPast
    settings.framesPerSecond = frameRate
    settings.stride = stride
    settings.scale = scale
    return settings
  }
}

import ArgumentParser
import DRNetGPU
import Foundation

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Observes a few frames of a clip and predicts far ahead.",
    discussion: """
      For held-out clips, shows true frames above predicted ones, and writes a strip for each clip and one animated PNG \
      of all clips to the run's images folder. For your own clip (--from), writes observed and predicted frames.
      The suffix of --out sets the format: .png (a strip), .apng (an animated PNG), .gif or .mp4; without a suffix, a \
      folder of PNG frames. Margins are light for observed frames and dark for predicted ones.
      Example:
        drnet generate runs/first --frames 100
        drnet generate runs/first --from walk.mp4 --frames 100 --out walk-ahead.mp4
        drnet generate --weights model.safetensors --from walk.mp4 --out ahead.mp4
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var weights: WeightsOptions
  @Option(help: "Without a run: file of the pose LSTM (default: the file of --weights).") var poseWeights: String?
  @Option(help: "Video, or folder of PNG frames, to continue (default: held-out clips of the run).") var from: String?
  @Option(help: "File or folder to write (default for held-out clips: the run's images folder).") var out: String?
  @Option(help: "Frames to predict.") var frames = 100
  @Option(help: "Frames to observe (default: as in training; 10 without a run).") var nPast: Int?
  @Option(help: "With --from: first frame to observe, counted from 0 (default: 0).") var start: Int?
  @OptionGroup var frameCrop: FrameCropOptions
  @Option(help: "Without --from: number of clips (default: 6).") var clips: Int?
  @Option(help: "Without --from: seed of the clips (default: 7).") var seed: UInt64?
  @Option(help: "Frames between two columns of a strip.") var stride = 10
  @Option(help: "Speed of animations and videos in frames per second.") var frameRate = 10
  @Option(
    help: """
      Integer zoom factor of frames in pictures and videos (default: frames of 256 px with --from, else 128 px; none in \
      the run's strips).
      """) var scale: Int?
  @Flag(help: "Replace the file or folder that --out names.") var force = false

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
    if weights.path != nil, poseWeights != nil {
      throw ValidationError("--pose-weights: omit it, since the run has its own pose LSTM")
    }
    if weights.path == nil, from == nil {
      throw ValidationError("--from: expected a clip to continue, since without a run there are none")
    }
    if from != nil {
      for (flag, isGiven) in [("clips", clips != nil), ("seed", seed != nil)] where isGiven {
        throw ValidationError("--\(flag) chooses clips of the run; omit it, or omit --from")
      }
      if out == nil { throw ValidationError("--out: expected a file or folder to write, which --from needs") }
    } else {
      for (flag, isGiven) in [
        ("start", start != nil), ("crop", frameCrop.crop), ("box", frameCrop.box != nil),
      ] where isGiven {
        throw ValidationError("--\(flag) applies to a clip given with --from; give --from or omit it")
      }
    }
  }

  func run() throws {
    let file = try out.map { try PredictionFile(URL(filePath: $0), force: force) }
    if from == nil, file?.format == .frames {
      throw SettingError("out", out ?? "", expected: ".png, .apng, .gif or .mp4, since a folder of frames needs --from")
    }
    let trained = try weights.openRun(on: devices)
    let generation = try trained.map { try Generation($0, settings) } ?? Generation(prediction(), settings)
    if let from, let file {
      try generation.predict(after: OwnClip(URL(filePath: from), crop: frameCrop.value), from: start ?? 0, to: file)
      print(file.url.relativePath)
    } else if let trained {
      try generation.compareWithTruth(trained, clips: clips ?? 6, seed: seed ?? 7, to: file) {
        print($0.relativePath)
      }
    }
  }

  /// The model and the pose LSTM that files hold.
  private func prediction() throws -> PosePrediction {
    let model = try weights.readFile()
    let pose = try poseWeights.map { try SafetensorsFile.read(URL(filePath: $0)) } ?? model
    return try PosePrediction.load(model, pose: pose, normalise: weights.unitLength, on: devices.open())
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

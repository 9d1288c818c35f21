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
    let trained = try TrainedRun(path, on: devices)
    let prediction = PosePrediction(trained.extractor, try trained.poseLSTM(), on: trained.backend)
    let observed = nPast ?? trained.configuration.pose?.nPast ?? 10
    if let from, let file {
      try goOn(with: URL(filePath: from), observed, prediction, file)
    } else {
      try compare(observed, prediction, trained, file)
    }
  }

  /// Predicts what follows a clip that nobody knows the rest of.
  private func goOn(with url: URL, _ observed: Int, _ prediction: PosePrediction, _ file: PredictionFile) throws {
    let sizes = prediction.extractor.model.sizes
    let images = try OwnClip(url, crop: frameCrop.value).frames(
      from: start ?? 0, count: observed, imageSize: sizes.imageSize, channels: sizes.channels)
    try settings(file, pixels: 256 / sizes.imageSize).write(observed: observed, count: observed + frames) { show in
      for image in images { try show([[image]]) }
      try prediction.predict(observed: images.map(\.tensor), count: frames) {
        try show([[PNGImage($0, frame: 0)]])
      }
    }
    print(file.url.relativePath)
  }

  /// Predicts held-out clips and shows the truth beside them.
  private func compare(
    _ observed: Int, _ prediction: PosePrediction, _ trained: TrainedRun, _ file: PredictionFile?
  ) throws {
    let (clips, length) = (clips ?? 6, observed + frames)
    let source = try trained.clips(frames: length)
    try requireMemory(clips: clips, length: length, of: source)
    let truth = try source.sequences(
      step: 2, size: clips, length: length, split: .heldOut, seed: seed ?? 7, purpose: .generation
    ).frames
    let predicted = try prediction.predict(observed: Array(truth[..<observed]), count: frames)
    let moments = zip(truth, truth[..<observed] + predicted).map {
      PredictionPictures.moment(truth: $0, prediction: $1)
    }
    func write(_ file: PredictionFile, _ moments: some Sequence<[[PNGImage]]>) throws {
      try file.write(observed: observed, count: length) { show in for moment in moments { try show(moment) } }
      print(file.url.relativePath)
    }
    if let file { return try write(settings(file, pixels: 128 / source.imageSize), moments) }
    let images = trained.folder.images
    for clip in 0..<clips {
      let strip = PredictionFile(replacing: images.appending(path: "prediction-\(clip).png"), as: .strip)
      try write(settings(strip, pixels: 1), moments.lazy.map { rows in rows.map { [$0[clip]] } })
    }
    let animation = PredictionFile(replacing: images.appending(path: "prediction.png"), as: .animation)
    try write(settings(animation, pixels: 128 / source.imageSize), moments)
  }

  private func settings(_ file: PredictionFile, pixels: Int) -> PredictionFile {
    var file = file
    file.framesPerSecond = frameRate
    file.stride = stride
    file.scale = scale ?? max(1, pixels)
    return file
  }

  /// All frames are held at once, true and predicted ones, as floats.
  private func requireMemory(clips: Int, length: Int, of source: any ClipSource) throws {
    let most = 4 << 30
    let bytes = 2 * 4 * clips * source.channels * source.imageSize * source.imageSize * length
    guard bytes > most else { return }
    throw SettingError(
      "frames", frames,
      expected: "at most \(most / (bytes / length) - (length - frames)) with --clips \(clips), all held in memory")
  }
}

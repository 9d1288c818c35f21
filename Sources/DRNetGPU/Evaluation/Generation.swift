import Files
import Foundation
import TensorEngine

/// Predictions of a model and its pose LSTM as pictures and videos.
package struct Generation {
  /// Lengths and appearance of predictions.
  package struct Settings: Sendable {
    /// Frames to predict.
    package var frames = 100
    /// Frames to observe before them; nil for as many as the pose LSTM was trained with, or 10 if no run tells.
    package var observed: Int?
    /// Frame rate of animations and videos.
    package var framesPerSecond = 10
    /// Frames from one column of a strip to the next.
    package var stride = 10
    /// Integer zoom factor; nil to enlarge small frames to a visible size.
    package var scale: Int?

    /// The defaults.
    package init() {}
  }

  private let settings: Settings
  private let prediction: PosePrediction
  private let observed: Int

  /// Predictions of a trained run, whose pose LSTM is loaded.
  /// - Throws: `FileError` if the run has no pose LSTM yet; `AllocationError` if memory runs out; `DeviceError` if the
  ///   device fails.
  package init(_ trained: TrainedRun, _ settings: Settings) throws {
    self.init(
      PosePrediction(trained.extractor, try trained.poseLSTM(), on: trained.backend),
      trainedWith: trained.configuration.pose ?? PoseConfiguration(), settings)
  }

  /// Predictions of a model and a pose LSTM that no run holds.
  package init(_ prediction: PosePrediction, _ settings: Settings) {
    self.init(prediction, trainedWith: PoseConfiguration(), settings)
  }

  private init(_ prediction: PosePrediction, trainedWith pose: PoseConfiguration, _ settings: Settings) {
    self.prediction = prediction
    self.settings = settings
    observed = settings.observed ?? pose.nPast
  }

  /// Predicts the continuation of a clip, and writes observed and predicted frames.
  /// - Parameter start: the first frame to observe, counted from 0.
  /// - Throws: `FileError` if the clip cannot be read or is too short; what `PredictionFile.write` throws.
  package func predict(after clip: OwnClip, from start: Int, to file: PredictionFile) throws {
    let sizes = prediction.extractor.model.sizes
    let images = try clip.frames(from: start, count: observed, imageSize: sizes.imageSize, channels: sizes.channels)
    let file = set(file, pixels: 256 / sizes.imageSize)
    try file.write(observed: observed, count: observed + settings.frames) { show in
      for image in images { try show([[image]]) }
      try prediction.predict(observed: images.map(\.tensor), count: settings.frames) { frame, _ in
        try show([[PNGImage(frame, frame: 0)]])
      }
    }
  }

  /// Predicts held-out clips of the run and writes them with the truth above.
  ///
  /// - Parameters:
  ///   - trained: the run whose predictions these are.
  ///   - file: nil for the run's images: a strip of each clip and an animation of all.
  ///   - wrote: called with each file when it is finished.
  /// - Throws: `SettingError` if the frames do not fit in memory; `FileError` if clips are too short; what
  ///   `PredictionFile.write` throws.
  package func compareWithTruth(
    _ trained: TrainedRun, clips: Int, seed: UInt64, to file: PredictionFile?, wrote: (URL) -> Void
  ) throws {
    let length = observed + settings.frames
    let source = try trained.clips(frames: length)
    try requireMemory(clips: clips, length: length, of: source)
    let truth = try source.sequences(
      step: 2, size: clips, length: length, split: .heldOut, seed: seed, purpose: .generation
    ).frames
    let predicted = try prediction.predict(observed: Array(truth[..<observed]), count: settings.frames)
    let moments = zip(truth, truth[..<observed] + predicted).map {
      PredictionPictures.moment(truth: $0, prediction: $1)
    }
    func write(_ file: PredictionFile, _ moments: some Sequence<[[PNGImage]]>) throws {
      var file = file
      file.description = trained.description
      try file.write(observed: observed, count: length) { show in for moment in moments { try show(moment) } }
      wrote(file.url)
    }
    if let file { return try write(set(file, pixels: 128 / source.imageSize), moments) }
    let folder = trained.folder
    for clip in 0..<clips {
      let strip = PredictionFile(replacing: try folder.imageToWrite("prediction-\(clip).png"), as: .strip)
      try write(set(strip, pixels: 1), moments.lazy.map { rows in rows.map { [$0[clip]] } })
    }
    try removeStrips(in: folder.images, from: clips)
    let animation = PredictionFile(replacing: try folder.imageToWrite("prediction.png"), as: .animation)
    try write(set(animation, pixels: 128 / source.imageSize), moments)
  }

  /// Removes the strips of an earlier call with more clips, from the one with this number on.
  private func removeStrips(in images: URL, from clips: Int) throws {
    for name in try DataFile.names(in: images) {
      guard let number = name.wholeMatch(of: /prediction-([0-9]+)\.png/).flatMap({ Int($0.1) }), number >= clips else {
        continue
      }
      unlink(images.appending(path: name).path)
    }
  }

  private func set(_ file: PredictionFile, pixels: Int) -> PredictionFile {
    var file = file
    file.framesPerSecond = settings.framesPerSecond
    file.stride = settings.stride
    file.scale = settings.scale ?? max(1, pixels)
    return file
  }

  /// Bytes that all frames, true and predicted, may take as floats: they are held at once.
  private static let maxBytes = 4 << 30

  private func requireMemory(clips: Int, length: Int, of source: any ClipSource) throws {
    let bytes = 2 * 4 * clips * source.channels * source.imageSize * source.imageSize * length
    guard bytes > Self.maxBytes else { return }
    let fitting = Self.maxBytes / (bytes / length) - (length - settings.frames)
    guard fitting > 0 else {
      throw SettingError("n-past", observed, expected: "fewer with --clips \(clips), all held in memory")
    }
    throw SettingError(
      "frames", settings.frames, expected: "at most \(fitting) with --clips \(clips), all held in memory")
  }
}

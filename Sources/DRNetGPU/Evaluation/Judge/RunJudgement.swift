import Files
import Foundation
import TensorEngine

extension TrainedRun {
  /// What is judged, and by which judge.
  public struct JudgeSettings: Sendable {
    /// The judge's file; nil for that of the run's folder.
    public var file: URL?
    /// Consecutive frames of a clip that the judge sees; nil for as many as the judge of the file, or 8, or all if clips
    /// are shorter.
    public var frames: Int?
    /// Held-out clips; if there are fewer, all.
    public var clips = 1000
    /// Pairs of clips, and sampled contents, that are drawn.
    public var repeats = 5
    /// Seed of the judge's training, of the clips and of the first repeat.
    public var seed: UInt64 = 7

    /// The defaults.
    public init() {}
  }

  /// Progress of `judge`.
  public enum JudgeEvent: Sendable {
    /// A judge is trained, since its file is not there.
    case training(URL, JudgeTrainingEvent)
    /// A judge was trained and written.
    case trained(URL, JudgeDescription)
    /// The judge of a file is used.
    case read(URL, JudgeDescription)
  }

  /// Judges the run's decoded clips, see `Judgement`. If the judge's file is missing, a judge is trained on the run's training
  /// clips and written there.
  /// - Parameters:
  ///   - settings: what is judged.
  ///   - shouldStop: called after each step of a training and between clips; if it returns true, nothing more is written.
  ///   - report: called with each event.
  /// - Throws: `CancellationError` if `shouldStop` returned true; `FileError` if the clips have no labels or cannot be read, or
  ///   the judge's file cannot be used or written; `TrainingError.notFinite` if the training fails; `AllocationError` if
  ///   memory runs out; `DeviceError` if the device fails.
  public func judge(
    _ settings: JudgeSettings, shouldStop: () -> Bool = { false }, report: (JudgeEvent) -> Void = { _ in }
  ) throws -> Judgement {
    let url = settings.file ?? folder.judgeFile
    let stored = try DataFile.isThere(url) ? JudgeFile.read(url) : nil
    if stored == nil { try AtomicFile.requireWritable(url) }
    if let stored, let frames = settings.frames, frames != stored.description.frames {
      throw FileError(
        url,
        "this judge sees \(stored.description.frames) frames of a clip, but --frames is \(frames); omit --frames, or "
          + "name another file with --judge")
    }
    let frames = try stored?.description.frames ?? settings.frames ?? usualFrames()
    let source = try labelledClips(frames: frames, to: "judge")
    guard source.clipCount(.heldOut) != 1 else {
      throw FileError("\(clipsName): one held-out clip, which cannot be swapped with another; hold out more")
    }
    func measure<Source: LabelledSource>(_ source: Source) throws -> Judgement {
      let (judge, description) =
        if let stored {
          try read(stored, from: url, for: source, report)
        } else {
          try train(source, frames: frames, seed: settings.seed, to: url, shouldStop, report)
        }
      var judgement = try JudgeMeasurement(
        extractor, ClipJudge(judge, on: backend).probabilities, description, source, count: settings.clips,
        repeats: settings.repeats, seed: settings.seed
      ).measure(shouldStop: shouldStop)
      (judgement.weights, judgement.step) = (weights, step)
      return judgement
    }
    return try measure(source)
  }

  /// Frames of a clip that the published judges see.
  private static let publishedFrames = 8

  private func usualFrames() throws -> Int {
    let longest = (try labelledClips(frames: 2, to: "judge") as? ClipsFile)?.longestFrames
    return min(Self.publishedFrames, longest ?? Self.publishedFrames)
  }

  private func train<Source: LabelledSource>(
    _ source: Source, frames: Int, seed: UInt64, to url: URL, _ shouldStop: () -> Bool, _ report: (JudgeEvent) -> Void
  ) throws -> (Judge, JudgeDescription) {
    let classes = try JudgedClasses(of: source, frames: frames, seed: seed)
    guard !classes.places.isEmpty else {
      throw FileError("\(clipsName): no class can be judged; \(classes.leftOut ?? "")")
    }
    var settings = JudgeTrainingSettings()
    settings.seed = seed
    let training = JudgeTraining(source, classes: classes.places, frames: frames, settings: settings)
    let (judge, steps) = try training.run(
      on: backend, shouldStop: shouldStop, report: { report(.training(url, $0)) })
    var description = try describe(source, frames: frames)
    (description.classes, description.leftOut) = (classes.places.map { source.classes[$0] }, classes.leftOut)
    (description.width, description.steps, description.seed) = (settings.width, steps, seed)
    let heldOut = LabelledClips(
      try source.differentClips(
        step: JudgeStep.heldOutClips, size: min(Self.most, source.clipCount(.heldOut) ?? Self.drawn), length: frames,
        split: .heldOut, seed: seed, purpose: .judge), frames: frames, classes: classes.places, of: source)
    description.accuracies = try heldOut.accuracies(by: ClipJudge(judge, on: backend))
    description.heldOutClips = heldOut.clips.count
    try JudgeFile.write(judge, description, from: backend, to: url)
    report(.trained(url, description))
    return (judge, description)
  }

  /// The most held-out clips on which a judge is tested, and how many if every draw makes a new one.
  private static let (most, drawn) = (10_000, 1000)

  private func read<Source: LabelledSource>(
    _ stored: (file: SafetensorsFile, description: JudgeDescription), from url: URL, for source: Source,
    _ report: (JudgeEvent) -> Void
  ) throws -> (Judge, JudgeDescription) {
    try JudgeFile.check(
      stored.description, against: describe(source, frames: stored.description.frames), of: url)
    let judge = try JudgeFile.judge(stored.file, stored.description, on: backend)
    report(.read(url, stored.description))
    return (judge, stored.description)
  }

  /// What a judge of these clips is, but for its training.
  private func describe<Source: LabelledSource>(_ source: Source, frames: Int) throws -> JudgeDescription {
    JudgeDescription(
      classes: source.classes, frames: frames, imageSize: source.imageSize, channels: source.channels, width: 0,
      clips: try (source as? ClipsFile).map { hexadecimal(try $0.fingerprint()) } ?? source.summary, steps: 0, seed: 0)
  }

  /// Writes `judgement.json` into the run's folder.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(_ judgement: Judgement) throws {
    try AtomicFile.write(ChecksummedJSON.encode(judgement), to: folder.judgementFile)
  }
}

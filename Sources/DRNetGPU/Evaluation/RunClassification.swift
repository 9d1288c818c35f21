import Files
import Foundation

extension TrainedRun {
  /// Classifies clips of the run's data, see `Classifier`.
  /// - Parameters:
  ///   - names: the classes to tell; nil for all.
  ///   - change: sets the classifier's settings.
  /// - Throws: `FileError` if the clips have no labels or cannot be read; `SettingError` if settings do not fit them; what
  ///   `Classifier` throws.
  public func classify(_ names: [String]?, _ change: (inout Classifier) -> Void = { _ in }) throws -> Classification {
    var classifier = Classifier(extractor)
    change(&classifier)
    let source = try labelledClips(frames: max(2, classifier.frames), to: "classify")
    var classification = try classifier.classify(source, names)
    (classification.weights, classification.step) = (weights, step)
    return classification
  }

  /// The run's clips, each with at least `frames` frames from its anchor on, with the classes of each.
  /// - Throws: `FileError` if they have no labels to `purpose`, or as `clips(frames:)`.
  func labelledClips(frames: Int, to purpose: String) throws -> any LabelledSource {
    guard let source = try clips(frames: frames) as? any LabelledSource, !source.classes.isEmpty else {
      throw FileError(
        "\(clipsName): these clips have no labels to \(purpose); prepare them with labels, such as drnet prepare videos "
          + "--labels folders")
    }
    return source
  }

  /// What errors about the run's clips begin with.
  var clipsName: String { configuration.dataRoot ?? configuration.data }

  /// Writes `classification.json` into the run's folder.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(_ classification: Classification) throws {
    try AtomicFile.write(ChecksummedJSON.encode(classification), to: folder.classificationFile)
  }
}

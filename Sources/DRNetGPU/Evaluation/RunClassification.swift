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
    guard let source = try clips(frames: max(2, classifier.frames)) as? any LabelledSource, !source.classes.isEmpty
    else {
      throw FileError(
        "\(configuration.dataRoot ?? configuration.data): these clips have no labels to classify; prepare them with labels, "
          + "such as drnet prepare videos --labels folders")
    }
    var classification = try classifier.classify(source, names)
    (classification.weights, classification.step) = (weights, step)
    return classification
  }

  /// Writes `classification.json` into the run's folder.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(_ classification: Classification) throws {
    try AtomicFile.write(ChecksummedJSON.encode(classification), to: folder.classificationFile)
  }
}

import Files
import TensorEngine

/// Which of a run's weights to use for inference.
public enum ModelWeights: String, CaseIterable, Codable, Sendable {
  /// The moving average of the weights.
  case average
  /// The weights of the last step.
  case trained

  /// "averaged" or "trained".
  public var adjective: String { self == .average ? "averaged" : "trained" }

  /// The prefix of the trained model's tensors in a checkpoint that also holds an average.
  static let trainedPrefix = "trained."

  /// The weights that a checkpoint holds under the plain names.
  static func inUse(in file: SafetensorsFile) -> ModelWeights {
    file.names.contains { $0.hasPrefix(trainedPrefix) } ? .average : .trained
  }

  /// The checkpoint with these weights under the plain names.
  /// - Throws: `FileError` if it holds no average.
  func selected(in file: SafetensorsFile) throws -> SafetensorsFile {
    switch (self, Self.inUse(in: file)) {
    case (.average, .average), (.trained, .trained): return file
    case (.average, .trained):
      throw FileError(
        file, "holds no average of the weights; use --weights trained, or train with --average-decay to keep one")
    case (.trained, .average):
      var selected = file
      for name in file.names where name.hasPrefix(Self.trainedPrefix) {
        selected[String(name.dropFirst(Self.trainedPrefix.count))] = file[name]
      }
      return selected
    }
  }
}

import Files
import Foundation

/// What commands have measured, as stored in the run's folder.
extension RunFolder {
  /// Bytes; the scores of 1,000 repeats of ten classes, the most that a command writes, have about ten million.
  private static let maxBytes = 1 << 26

  /// The run's evaluation; nil before there is one.
  /// - Throws: `FileError` if it cannot be read, is damaged or is none.
  public func evaluation() throws -> Evaluation? {
    try stored(evaluationFile, "evaluation", by: "drnet evaluate") { $0.prediction?.isComplete ?? true }
  }

  /// The text of `evaluation.json`.
  /// - Throws: `FileError` if it cannot be read or is damaged.
  func evaluationText() throws -> Data { try text(of: evaluationFile, "evaluation") }

  /// The run's classification; nil before there is one.
  /// - Throws: `FileError` if it cannot be read, is damaged or is none.
  public func classification() throws -> Classification? {
    try stored(classificationFile, "classification", by: "drnet classify") {
      $0.readings.allSatisfy { !$0.accuracies.isEmpty }
    }
  }

  /// The run's judgement; nil before there is one.
  /// - Throws: `FileError` if it cannot be read, is damaged or is none.
  public func judgement() throws -> Judgement? {
    try stored(judgementFile, "judgement", by: "drnet judge") { $0.readings.allSatisfy { !$0.scores.isEmpty } }
  }

  private func stored<Result: Decodable>(
    _ file: URL, _ kind: String, by command: String, isWhole: (Result) -> Bool
  ) throws -> Result? {
    guard access(file.path, F_OK) == 0 else { return nil }
    let text = try text(of: file, kind)
    guard let result = try? JSONDecoder().decode(Result.self, from: text), isWhole(result) else {
      throw FileError(file, "this is no \(kind); write it again with \(command)")
    }
    return result
  }

  private func text(of file: URL, _ kind: String) throws -> Data {
    let text = try DataFile.read(file, atMost: Self.maxBytes, expected: "the \(kind) of a run")
    try ChecksummedJSON.verify(text, of: file)
    return text
  }
}

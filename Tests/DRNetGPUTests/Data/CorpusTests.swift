import Foundation
import TestSupport
import Testing

/// Every file that fuzzing starts from or has found, through its reader: `scripts/fuzz` finds more of them.
@Suite struct CorpusTests {
  private static let corpus = URL(filePath: #filePath).appending(path: "../../../Fixtures/Corpus").standardizedFileURL

  @Test(arguments: FuzzedReader.possible) func everyFileIsReadOrRefusedInOneLine(reader: FuzzedReader) throws {
    let folder = Self.corpus.appending(path: reader.rawValue)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    var taken = 0
    for file in files {
      if let complaint = reader.complaint(about: try Data(contentsOf: file)) {
        #expect(isOneLine(complaint), "\(file.lastPathComponent): \(complaint)")
      } else {
        taken += 1
      }
    }
    #expect(taken > 0, "fuzzing starts from files that are whole")
  }
}

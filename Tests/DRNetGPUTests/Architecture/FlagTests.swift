import Foundation
import Testing

/// The lower targets say what is wrong; which flag helps is for the command to say.
@Suite struct FlagTests {
  @Test("No string in these sources names a flag", arguments: ["Files", "TensorEngine"])
  func noStringNamesAFlag(_ target: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/\(target)")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    #expect(files.count > 5)
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        #expect(!namesAFlag(line), "\(file.lastPathComponent): \(line)")
      }
    }
  }

  @Test func flagsAreFound() {
    #expect(namesAFlag(#"    return "leave --device out""#) && namesAFlag(#"+ "\(name): use --width")"#))
    #expect(!namesAFlag("    /// `--device` says") && !namesAFlag(#"let dashes = "--\(flag)" // as --flag"#))
  }

  /// Whether a string literal within a line holds two dashes and a letter.
  private func namesAFlag(_ line: Substring) -> Bool {
    line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .contains { index, part in index % 2 == 1 && part.contains(/--[a-z]/) }
  }
}

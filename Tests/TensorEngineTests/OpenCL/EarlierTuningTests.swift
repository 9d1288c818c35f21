import Files
import Foundation
import Testing

@testable import TensorEngine

/// A table that a build from before the division into targets stored; `Tests/Fixtures/Earlier/README.md` tells how.
@Suite struct EarlierTuningTests {
  private static let url = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fixtures/Earlier/tuning.json")
  private static let table = Result {
    try JSONDecoder().decode(TuningTable.self, from: Data(contentsOf: url))
  }

  @Test func itsOpsAreFoundUnderTheirNames() throws {
    let table = try Self.table.get()
    let decoded = TuningTable(key: table.key, table.entries)
    let convolution = decoded.entry(
      Conv2DForward(stride: 2, padding: 1), [.features(2, 4, 16, 16), .filter(8, 4, 4, 4), .channels(8)])
    #expect(convolution?.tiling == .registers(rows: 10, blocks: 1))
    let gradient = decoded.entry(
      Conv2DBackwardWeight(stride: 2, padding: 1, windowHeight: 4, windowWidth: 4),
      [.features(2, 8, 8, 8), .features(2, 16, 4, 4)])
    #expect(gradient?.tiling == .registers(rows: 8, blocks: 1))
  }

  /// The kernels were split and laid out anew since then, and compile to the same code. Once they change, this table no
  /// longer holds, and this test and `earlierDigests` go.
  @Test func itHoldsForTheSameKernelsInOtherFiles() throws {
    let table = try Self.table.get()
    let folder = ProgramFolder(
      path: FileManager.default.temporaryDirectory.appending(path: "drnet-tuning-\(UUID().uuidString)").path)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    folder.makeFolders()
    try FileManager.default.copyItem(at: Self.url, to: TuningTable.url(of: table.key, in: folder))
    let parts = table.key.split(separator: "\n").map(String.init)
    var facts = DeviceFacts()
    (facts.platform, facts.platformVersion, facts.name, facts.version, facts.driver) = (
      parts[0], parts[1], parts[2], parts[3], parts[4]
    )
    let digest = KernelLibrary.embedded.codeDigest
    let found = TuningTable.load(facts, .float, .embedded, from: folder)
    #expect(found.entries.count == table.entries.count, "the digest is \(digest)")
    #expect(found.entry(LinearForward(), [.features(2, 4), .filter(100, 4), .channels(100)]) != nil)
    facts.driver = "another"
    #expect(TuningTable.load(facts, .float, .embedded, from: folder).entries.isEmpty)
  }
}

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
}

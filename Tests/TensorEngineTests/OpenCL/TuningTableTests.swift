import Foundation
import Testing

@testable import TensorEngine

@Suite struct TuningTableTests {
  private let folder = ProgramFolder(
    path: FileManager.default.temporaryDirectory.appending(path: "drnet-tuning-\(UUID().uuidString)").path)

  private func entry(_ op: any Op, _ tiling: Tiling?, seconds: Double = 1) -> TuningTable.Entry {
    TuningTable.Entry(op, [.features(2, 5), .filter(3, 5)], tiling: tiling, seconds: seconds, estimatedSeconds: 2)
  }

  private var table: TuningTable {
    var table = TuningTable(key: "device\ndriver")
    let tile = MatrixTile(itemRows: 8, itemColumns: 16, columnsPerItem: 4)
    table.insert([
      entry(LinearForward(), .registers(rows: 6, blocks: 1)), entry(LinearBackwardInput(), nil),
      entry(LinearBackwardWeight(), .workGroups(MatrixSplit(tile, parts: 4))),
    ])
    return table
  }

  @Test func aTableReadsBack() throws {
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    try table.store(in: folder)
    #expect(TuningTable.load(key: table.key, from: folder) == table)
  }

  @Test func anotherDeviceOrATornFileHasNoEntries() throws {
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    #expect(TuningTable.load(key: "device\ndriver", from: folder).entries.isEmpty)
    let url = try table.store(in: folder)
    #expect(TuningTable.load(key: "device\nnewer driver", from: folder).entries.isEmpty)
    let bytes = try Data(contentsOf: url)
    try bytes.prefix(bytes.count / 2).write(to: url)
    #expect(TuningTable.load(key: table.key, from: folder).entries.isEmpty)
  }

  @Test func aNewMeasurementTakesThePlaceOfTheOld() {
    var table = table
    table.insert([entry(LinearForward(), nil, seconds: 0.5)])
    #expect(table.entries.count == 3)
    let inputs: [TensorType] = [.features(2, 5), .filter(3, 5)]
    #expect(table.entry(LinearForward(), inputs)?.seconds == 0.5)
    #expect(table.entry(LinearForward(), [.features(4, 5), .filter(3, 5)]) == nil)
  }

  @Test func kernelsAndPrecisionArePartOfTheKey() {
    let facts = DeviceFacts()
    let kernels = [KernelLibrary.File(name: "a.cl", text: "#define A 1 // one")]
    let changed = [KernelLibrary.File(name: "a.cl", text: "#define A 2 // one")]
    let commented = [KernelLibrary.File(name: "a.cl", text: "#define  A 1 // the first")]
    let key = TuningTable.key(of: facts, .float, KernelLibrary(kernels))
    #expect(key != TuningTable.key(of: facts, .float, KernelLibrary(changed)))
    #expect(key == TuningTable.key(of: facts, .float, KernelLibrary(commented)))
    #expect(key != TuningTable.key(of: facts, .mixed, KernelLibrary(kernels)))
  }
}

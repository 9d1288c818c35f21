import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct MetricsLogTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func row(_ step: Int, _ value: Float = 0.5) -> MetricsRow {
    var row = MetricsRow(step: step)
    row.set("reconstruction", value)
    return row
  }

  private func text() throws -> String { try String(contentsOf: folder["log"], encoding: .utf8) }

  @Test func rowsAreLinesInAStableOrder() throws {
    var row = MetricsRow(step: 7)
    row.set("frames", 224)
    row.set("reconstruction", Float(0.1))
    row.set("similarity", Float.nan)
    row.set("framesPerSecond", 1e21)
    row.set("warning", "a \"b\"")
    let log = try MetricsLog(folder["log"])
    try log.append(row)
    try log.append(self.row(8, .infinity))
    #expect(
      try text() == """
        {"step": 7, "frames": 224, "reconstruction": 0.1, "similarity": null, "framesPerSecond": 1e+21, \
        "warning": "a \\"b\\""}
        {"step": 8, "reconstruction": null}

        """)
    let back = try #require(try MetricsRow(line: text().prefix { $0 != "\n" }.utf8))
    #expect(back == row)
    #expect(back["frames"] == 224)
    #expect(back["step"] == 7)
    #expect(back["similarity"] == nil)
    #expect(back["warning"] == nil)
  }

  /// Bit for bit: exponents from subnormal to the largest, with random digits.
  @Test func everyFloatReadsBack() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
      guard value.isFinite else { continue }
      let line = row(1, value).line
      let back = try #require(MetricsRow(line: line.utf8)?["reconstruction"])
      #expect(Float(back).bitPattern == value.bitPattern, "\(line)")
      #expect(try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))["reconstruction"] == back)
    }
  }

  @Test func aResumedRunDropsTheStepsItTakesAgain() throws {
    var log = try MetricsLog(folder["log"])
    for step in [10, 20, 30, 40] { try log.append(row(step)) }
    let before = try text()
    log = try MetricsLog(folder["log"], resumingAfter: 25)
    #expect(try MetricsLog.read(folder["log"]).steps == [10, 20])
    for step in [30, 40] { try log.append(row(step)) }
    #expect(try text() == before)
    #expect(folder.names == ["log"])
  }

  /// Logs are read in pieces of a megabyte, in which lines begin and end anywhere.
  @Test func aLongLogIsReadWhole() throws {
    let steps = Array(1...60_000)
    let text = steps.map { row($0, 1 / Float($0)).line + "\n" }.joined()
    let url = try folder.write(text, to: "log")
    let table = try MetricsLog.read(url)
    #expect(text.utf8.count > 2 << 20 && table.steps == steps)
    #expect(table["reconstruction"].map(Float.init) == steps.map { 1 / Float($0) })
    #expect(try MetricsLog(url, resumingAfter: 50_000).lastStep == 50_000)
    #expect(try self.text() == text.split(separator: "\n").prefix(50_000).map { $0 + "\n" }.joined())
  }

  @Test func aTableHasAValueForEveryRow() {
    var warned = row(3)
    warned.set("warning", "text")
    var validated = row(2)
    validated.set("validation", 0.25)
    let table = MetricsTable([MetricsRow(step: 1), validated, warned])
    #expect(table.steps == [1, 2, 3] && table.has("validation") && !table.has("warning") && !table.has("step"))
    #expect(table["reconstruction"].dropFirst() == [0.5, 0.5] && table["reconstruction"][0].isNaN)
    #expect(table["validation"].count == 3 && table["validation"][1] == 0.25 && table["validation"][2].isNaN)
    #expect(table["gone"].count == 3)
  }

  @Test func aTornLastLineIsDropped() throws {
    let whole = row(1).line + "\n"
    for torn in [row(2).line, "{\"step\": 2, \"rec", "{"] {
      let url = try folder.write(whole + torn, to: "log")
      #expect(try MetricsLog.read(url).steps == [1])
      try MetricsLog(url).append(row(3))
      #expect(try MetricsLog.read(url).steps == [1, 3])
    }
  }

  /// After a loss of power.
  @Test(arguments: ["\0\0\0\0", "\0\0\n\0\0\n", "{\"st\n", "\n\n"])
  func whatIsBehindTheLastRowIsDropped(_ rest: String) throws {
    let url = try folder.write("\(row(1).line)\n\(row(2).line)\n\(rest)", to: "log")
    #expect(try MetricsLog.read(url).steps == [1, 2])
    let log = try MetricsLog(url, resumingAfter: 5)
    #expect(log.lastStep == 2)
    try log.append(row(3))
    #expect(try MetricsLog.read(url).steps == [1, 2, 3])
  }

  @Test func aRemovedFileBeginsAgain() throws {
    let log = try MetricsLog(folder["log"])
    try log.append(row(1))
    try FileManager.default.removeItem(at: folder["log"])
    try log.append(row(2))
    #expect(try MetricsLog.read(folder["log"]).steps == [2])
  }

  @Test func aLinkIsNotWrittenThrough() throws {
    let target = try folder.write("", to: "target")
    try FileManager.default.createSymbolicLink(at: folder["log"], withDestinationURL: target)
    #expect(message { _ = try MetricsLog(folder["log"]) }.contains("this is a link"))
    #expect(try Data(contentsOf: target).isEmpty)
  }

  @Test func anEmptyLogHasNoRows() throws {
    let url = try folder.write("", to: "log")
    #expect(try MetricsLog.read(url).steps.isEmpty)
    try MetricsLog(url, resumingAfter: 0).append(row(1))
    #expect(try MetricsLog.read(url).steps == [1])
  }

  @Test(arguments: ["text", "{}", "[1]", "{\"step\": \"1\"}", "{\"step\": 1.5}", "{\"step\": 1, \"a\": {}}", ""])
  func aForeignLineIsTold(_ line: String) throws {
    let url = try folder.write("\(row(1).line)\n\(line)\n\(row(2).line)\n", to: "log")
    let expected = "\(url.path): line 2 is not a row of metrics; remove this line"
    #expect(message { _ = try MetricsLog.read(url) } == expected)
    #expect(message { _ = try MetricsLog(url, resumingAfter: 1) } == expected)
  }

  @Test func aDeviceIsNoLog() {
    #expect(message { _ = try MetricsLog(URL(fileURLWithPath: "/dev/full")) }.contains("a pipe or a device"))
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct SweepResultsTests {
  @Test(
    "The median and the range of any number of values",
    arguments: [
      ([3.0], 3.0, 3.0, 3.0), ([1, 4], 2.5, 1, 4), ([9, 1, 2], 2, 1, 9), ([4, 1, 3, 2], 2.5, 1, 4),
      ([-1, -1, -5], -1, -5, -1),
    ])
  func spread(_ values: [Double], _ median: Double, _ min: Double, _ max: Double) throws {
    let spread = try #require(Spread(values))
    #expect((spread.median, spread.min, spread.max) == (median, min, max))
  }

  @Test func nothingHasNoSpread() { #expect(Spread([]) == nil) }

  @Test(
    "A column shows four digits of its largest number, and three decimals at most",
    arguments: [
      ([0.5714, 0.1], "0.336 (0.100 to 0.571)"), ([19.123, 9], "14.06 (9.00 to 19.12)"),
      ([-0.0049, 0.02], "0.008 (-0.005 to 0.020)"), ([48_512, 48_512], "48512"),
      ([123.44, 99.97], "111.7 (100.0 to 123.4)"),
    ])
  func decimals(_ values: [Double], _ text: String) throws {
    let spread = try #require(Spread(values))
    #expect(spread.text(decimals: Spread.decimals(of: [spread])) == text)
  }

  @Test func aRankingKnowsWhichEndIsBest() throws {
    let swap = try #require(SweepRanking("swapPSNR"))
    #expect(swap.prefers(2, to: 1) && !swap.prefers(1, to: 1) && swap.description == "highest swapPSNR")
    for (low, high) in [
      ("probes.class.mlp.pose", "probes.class.mlp.content"),
      ("probes.azimuth.linear.content", "probes.azimuth.mlp.pose"), ("swapLoss", "swapSSIM"),
    ] {
      #expect(try #require(SweepRanking(low)).prefers(1, to: 2) && #require(SweepRanking(high)).prefers(2, to: 1))
      #expect(try #require(SweepRanking("highest \(low)")).prefers(2, to: 1))
    }
    #expect(try #require(SweepRanking("lowest loss")).measure == "loss")
    #expect(try #require(SweepRanking("lowest probes.class 1.mlp.pose")).measure == "probes.class 1.mlp.pose")
    for text in ["", " ", "lowest", "highest ", "probes.action.mlp.pose", "probes.classy.mlp.content"] {
      #expect(SweepRanking(text) == nil)
    }
  }

  private func results(
    _ rows: [(String, [SweepResults.Run])], by ranking: String? = "swapPSNR", columns: [SweepResults.Column]? = nil
  ) -> SweepResults {
    SweepResults(
      columns: columns, ranking: ranking.flatMap(SweepRanking.init),
      rows: rows.map { SweepResults.Row($0, settings: ["--alpha=\($1.count)"], runs: $1) })
  }

  private func run(_ seed: UInt64, _ swap: Double) -> SweepResults.Run {
    SweepResults.Run(seed: seed, values: ["swapPSNR": swap, "frames": 400, "seconds": 2, "framesPerSecond": 200])
  }

  private var threeRows: SweepResults {
    results([
      ("paper", [run(1, 17), run(2, 20), run(3, 18)]), ("light", [run(1, 19), run(2, 19.5), run(3, 18.25)]),
      ("a|b, c", [run(1, 30), .init(seed: 2, values: nil, failure: "a loss is NaN"), .init(seed: 3, values: nil)]),
    ])
  }

  @Test func theTableMarksTheBestOfTheCompleteRows() {
    #expect(threeRows.best?.name == "light")
    #expect(
      threeRows.table() == [
        ["", "seeds", "swap dB", "frames", "seconds", "frames/s"],
        ["paper", "3", "18.00 (17.00 to 20.00)", "400", "2", "200"],
        ["light *", "3", "19.00 (18.25 to 19.50)", "400", "2", "200"],
        ["a|b, c", "1 of 3", "30.00", "400", "2", "200"],
      ])
    #expect(threeRows.caption.hasSuffix("Best by highest swapPSNR: light."))
    #expect(threeRows.failures == ["a|b, c, seed 2: a loss is NaN"])
    #expect(results([("only", [.init(seed: 1, values: nil)])]).caption.contains("No row is complete"))
    #expect(results([("only", [run(1, 2)])], by: nil).best == nil)
  }

  @Test func theFirstOfEqualRowsIsBest() {
    #expect(results([("a", [run(1, 5)]), ("b", [run(1, 5)])]).best?.name == "a")
  }

  @Test func columnsAreThoseNamedThenWhatTheTrainingTook() {
    let named = results([("a", [run(1, 5)])], columns: [.init("swapPSNR", heading: "swap dB"), .init("gone")])
    #expect(named.table()[0] == ["", "seeds", "swap dB", "gone", "frames", "seconds", "frames/s"])
    #expect(named.table()[1][3] == "-" && named.missingMeasures == ["gone"])
    let other = results([("a", [run(1, 5)])], by: "prediction.psnr.9")
    #expect(other.columns.map(\.measure) == ["swapPSNR", "prediction.psnr.9", "frames", "seconds", "framesPerSecond"])
    #expect(results([("a", [.init(seed: 1, values: nil)])]).missingMeasures.isEmpty)
  }

  @Test func filesSayTheSame() throws {
    let folder = try ScratchFolder()
    try threeRows.write(into: folder.url)
    #expect(folder.names == ["results.csv", "results.json", "results.md"])
    func text(_ name: String) throws -> String { try String(contentsOf: folder[name], encoding: .utf8) }
    #expect(
      try text("results.csv") == """
        row,seed,state,swapPSNR,frames,seconds,framesPerSecond
        paper,1,finished,17,400,2,200
        paper,2,finished,20,400,2,200
        paper,3,finished,18,400,2,200
        light,1,finished,19,400,2,200
        light,2,finished,19.5,400,2,200
        light,3,finished,18.25,400,2,200
        "a|b, c",1,finished,30,400,2,200
        "a|b, c",2,failed,,,,
        "a|b, c",3,unfinished,,,,

        """)
    let lines = try text("results.md").split(separator: "\n").map(String.init)
    #expect(lines[1] == "| --- | --- | --- | --- | --- | --- |")
    #expect(lines[3] == "| **light** | 3 | 19.00 (18.25 to 19.50) | 400 | 2 | 200 |")
    #expect(lines[4].hasPrefix("| a\\|b, c | 1 of 3 | 30.00 |"))
    #expect(lines.last == "Failed: a|b, c, seed 2: a loss is NaN")

    let document = try JSONDecoder().decode(Document.self, from: Data(text("results.json").utf8))
    #expect(document.best == "light" && document.ranking == "highest swapPSNR")
    #expect(document.rows[1].measures["swapPSNR"] == Spread([18.25, 19, 19.5]))
    #expect(document.rows[1].settings == ["--alpha=3"])
    #expect(document.rows[2].runs.map(\.state) == ["finished", "failed", "unfinished"])
    #expect(document.rows[2].runs[1].failure == "a loss is NaN")
  }

  private struct Document: Decodable {
    struct Row: Decodable {
      var settings: [String]
      var measures: [String: Spread]
      var runs: [Run]
    }

    struct Run: Decodable {
      var state: String
      var failure: String?
    }

    var best: String?
    var ranking: String?
    var rows: [Row]
  }
}

import Testing

@testable import Files

@Suite struct JSONPathTests {
  private let document = """
    {"swap": 19.5, "name": "7", "prediction": {"psnr": [22, 20.5, 17]},
     "probes": [{"factor": "class", "from": "content", "probe": "linear", "score": 0.6, "size": {"clips": 9}},
                {"factor": "class", "from": "content", "probe": "mlp", "score": 0.7},
                {"factor": "class", "from": "pose", "probe": "mlp", "score": 0.2}],
     "off": null, "big": 1e999}
    """

  @Test(arguments: [
    ("swap", 19.5), ("prediction.psnr.0", 22), ("prediction.psnr.2", 17), ("probes.1.score", 0.7),
    ("probes.class.content.linear.score", 0.6), ("probes.mlp.pose.score", 0.2), ("probes.pose.class.mlp.score", 0.2),
    ("probes.linear.size.clips", 9),
  ])
  func numbersAreFound(_ path: String, _ number: Double) throws {
    #expect(try JSONValue(parsing: document.utf8).value(at: path)?.double == number)
  }

  @Test(arguments: [
    "", "gone", "name", "off", "big", "swap.0", "prediction", "prediction.psnr", "prediction.psnr.3",
    "prediction.psnr.-1", "probes.class.score", "probes.class.content.score", "probes.tree.score", ".swap", "swap.",
  ])
  func otherPathsHaveNoNumber(_ path: String) throws {
    #expect(try JSONValue(parsing: document.utf8).value(at: path)?.double == nil)
  }

  @Test func thePathsOfAllNumbersLeadToThem() throws {
    let document = try JSONValue(parsing: document.utf8)
    let paths = document.numberPaths
    #expect(
      paths == [
        "swap", "prediction.psnr.0", "prediction.psnr.2", "probes.class.content.linear.score",
        "probes.class.content.linear.size.clips", "probes.class.content.mlp.score", "probes.class.pose.mlp.score",
      ])
    for path in paths { #expect(document.value(at: path)?.double != nil, "\(path)") }
  }
}

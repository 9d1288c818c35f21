import DRNetGPU
import Foundation
import Testing

@Suite struct BenchTests {
  static let sizes: [BenchmarkStep.Network: [String]] = [
    .main: ["--width", "2", "--content-dim", "6", "--pose-dim", "3", "--batch-size", "2"],
    .poseLSTM: [
      "--content-dim", "6", "--pose-dim", "3", "--batch-size", "2", "--rnn-size", "4", "--rnn-layers", "1", "--n-past",
      "2", "--n-future", "2",
    ],
  ]

  private static func step(_ network: BenchmarkStep.Network) -> [String] {
    ["--network", network.rawValue] + sizes[network]! + TinyRun.cpu
  }

  private static let short = ["--warm-up", "1", "--rounds", "2", "--steps", "2"]

  @Test(arguments: BenchmarkStep.Network.allCases)
  func benchPrintsATable(_ network: BenchmarkStep.Network) throws {
    let outcome = try Workspace().run(["bench"] + Self.step(network) + Self.short)
    #expect(outcome.status == 0, "\(outcome.messages)")
    let text = outcome.results.joined(separator: "\n")
    #expect(text.hasPrefix(network == .main ? "dcgan/dcgan/dcgan: batch 2" : "pose-lstm: batch 2"))
    for part in ["seconds per step", "frames/s", "GFLOP/s", "peak memory", "cores used", "start to first step"] {
      #expect(outcome.results.contains { $0.hasPrefix(part) }, "\(part) in \(text)")
    }
  }

  @Test(arguments: BenchmarkStep.Network.allCases)
  func benchStartsFromItsOwnWeights(_ network: BenchmarkStep.Network) throws {
    let workspace = try Workspace()
    func losses(_ flags: [String]) throws -> [[String: Double]] {
      let outcome = try workspace.run(["bench", "--json"] + flags + Self.step(network) + Self.short)
      #expect(outcome.status == 0, "\(outcome.messages)")
      let text = Data(outcome.results.joined(separator: "\n").utf8)
      let result = try JSONDecoder().decode(StepBenchmark.self, from: text)
      #expect(result.rounds.map(\.count) == [2, 2])
      return result.losses.map(\.values)
    }
    let drawn = try losses(["--save-weights", "start.safetensors"])
    #expect(try losses(["--weights", "start.safetensors", "--seed", "7"]) == drawn)
    #expect(try losses(["--seed", "7"]) != drawn)
  }

  @Test func benchMeasuresOps() throws {
    let outcome = try Workspace().run(["bench", "--ops"] + Self.step(.poseLSTM))
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.results.contains { $0.hasPrefix("LinearForward()") })
    #expect(outcome.results.last?.hasPrefix("all ") == true)
  }

  static let faults: [([String], [String])] = [
    (["--network", "vgg"], ["'vgg'", "--network", "main"]),
    (["--rounds", "0"], ["--rounds 0", "from 1"]),
    (["--steps", "-1"], ["--steps -1", "from 1"]),
    (["--warm-up", "-1"], ["--warm-up -1", "from 0"]),
    (["--width", "0"], ["--width 0", "from 1"]),
    (["--rnn-size", "4"], ["--rnn-size", "--network main"]),
    (["--network", "pose-lstm", "--width", "4"], ["--width", "--network pose-lstm"]),
    (["--ops", "--weights", "w"], ["--ops", "--weights"]),
  ]

  @Test(arguments: faults) func aFlagOutOfRangeIsOneLine(_ flags: [String], _ parts: [String]) throws {
    try Workspace().expectFailure(["bench"] + flags + TinyRun.cpu, status: 2, says: parts)
  }

  @Test func weightsThatDoNotFitAreOneLine() throws {
    let workspace = try Workspace()
    try workspace.expectFailure(
      ["bench", "--weights", "gone.safetensors"] + Self.step(.main), says: ["gone.safetensors"])
    let settings = Self.step(.poseLSTM) + Self.short
    try workspace.succeed(["bench", "--save-weights", "start.safetensors"] + settings)
    try workspace.expectFailure(
      ["bench", "--weights", "start.safetensors"] + Self.step(.main), says: ["start.safetensors", "netEC."])
  }
}

import DRNetGPU
import Foundation
import Testing

/// The declarations of the command line agree with the tables of settings.
@Suite struct SettingTableTests {
  /// The machine-readable description of the commands that ArgumentParser prints.
  private struct Description: Decodable {
    struct Command: Decodable {
      var commandName: String
      var subcommands: [Command]?
      var arguments: [Argument]?
    }

    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var names: [Name]?
      var abstract: String?
    }

    var command: Command
  }

  /// The help of every flag of a command, without the negated ones (--no-...).
  private func flags(of command: String) throws -> [String: String] {
    let outcome = try Workspace().run(["--experimental-dump-help"])
    let description = try JSONDecoder().decode(
      Description.self, from: Data(outcome.results.joined(separator: "\n").utf8))
    let found = try #require(description.command.subcommands?.first { $0.commandName == command })
    return (found.arguments ?? []).reduce(into: [:]) { flags, argument in
      guard let name = argument.names?.first(where: { $0.kind == "long" })?.name, !name.hasPrefix("no-") else { return }
      flags[name] = argument.abstract ?? ""
    }
  }

  /// Flags of a training that are not settings.
  private static let others: Set = [
    "backend", "device", "memory-limit", "config", "out", "resume", "force", "frames", "seconds", "help", "version",
  ]

  private func expectTable<Configuration: Configurable>(
    of type: Configuration.Type, in command: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let flags = try flags(of: command)
    let settings = Configuration.settings.filter { !$0.isReadFromData }
    #expect(
      Set(flags.keys).subtracting(Self.others).symmetricDifference(settings.map(\.flag)).isEmpty,
      sourceLocation: sourceLocation)
    for setting in settings {
      #expect(
        flags[setting.flag] == "\(setting.help) (default: \(setting.defaultText))", "--\(setting.flag)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func everyFlagOfATrainingIsInItsTableAndEverySettingHasAFlag() throws {
    try expectTable(of: RunConfiguration.self, in: "train")
    try expectTable(of: PoseConfiguration.self, in: "train-pose")
  }

  @Test func sizesOfABenchmarkHaveTheHelpOfTheirSettings() throws {
    let flags = try flags(of: "bench")
    let sizes = ["image-size", "content-encoder", "pose-encoder", "decoder", "width", "channels", "precision"]
    for flag in sizes {
      let setting = try #require(RunConfiguration.setting(flag))
      #expect(flags[flag] == "main: \(setting.help) (default: \(setting.defaultText))")
    }
    for flag in ["rnn-size", "rnn-layers", "n-past", "n-future"] {
      let setting = try #require(PoseConfiguration.setting(flag))
      #expect(flags[flag] == "pose-lstm: \(setting.help) (default: \(setting.defaultText))")
    }
  }

  /// Flags that need files, or select networks that are slow to train.
  private static let slow: Set = [
    "init", "preset", "data", "data-root", "image-size", "scene", "content-encoder", "pose-encoder", "decoder",
    "precision",
  ]
  /// A value for every other flag that differs from its default.
  private static let values: [String: String] = [
    "objects": "2", "grey": "true", "width": "3", "content-dim": "5", "pose-dim": "7", "normalize": "true",
    "batch-size": "9", "max-step": "11", "alpha": "0.25", "alpha-warm-up": "13", "beta": "0.375",
    "content-head": "pooled", "pose-head": "profiles", "pose-norm": "running", "contrast": "0.5", "edges": "0.03125",
    "cross-covariance": "0.0625", "cross-covariance-warm-up": "15",
    "adversary": "content",
    "learning-rate": "0.5", "beta1": "0.625", "cosine": "true", "average-decay": "0.75", "steps": "1", "seed": "17",
    "save-every": "19", "log-every": "21", "keep": "23", "rnn-size": "4", "rnn-layers": "1", "n-past": "2",
    "n-future": "3", "residual": "true", "attention": "true", "pose-noise": "0.125", "free-running": "0.5",
    "encoded-clips": "27", "weights": "trained",
  ]

  /// A flag and its value as arguments.
  private func argument(_ flag: String) throws -> String {
    let value = try #require(Self.values[flag], "\(flag)")
    return value == "true" ? "--\(flag)" : "--\(flag)=\(value)"
  }

  @Test func everyFlagIsStoredInItsSetting() throws {
    let workspace = try Workspace()
    let main = RunConfiguration.settings.filter { !$0.isReadFromData }.map(\.flag).filter { !Self.slow.contains($0) }
    try workspace.succeed(["train", "--out", "run"] + main.map(argument) + TinyRun.cpu)
    let pose = PoseConfiguration.settings.map(\.flag)
    try workspace.succeed(["train-pose", "run"] + pose.map(argument) + TinyRun.cpu)
    let used = try RunFolder.open(workspace["run"]).configuration()
    for flag in main {
      #expect(RunConfiguration.setting(flag)?.text(in: used) == Self.values[flag], "--\(flag)")
    }
    let usedPose = try #require(used.pose)
    for flag in pose {
      #expect(PoseConfiguration.setting(flag)?.text(in: usedPose) == Self.values[flag], "--\(flag)")
    }
  }
}

import ArgumentParser
import DRNetGPU
import Files
import Foundation
import Yams

/// Settings of a training in YAML, under the names of the flags; those of the pose LSTM lie under `pose`:
///
///     preset: kth
///     batch-size: 16
///     cosine: true
///     pose:
///       rnn-size: 128
///
/// Each is parsed as its flag is, so that both mean the same.
struct SettingsFile {
  let main: TrainOptions
  let budget: BudgetOptions
  let pose: PoseOptions

  /// What may stand at the top of the file.
  private struct Main: ParsableArguments {
    @OptionGroup var settings: TrainOptions
    @OptionGroup var budget: BudgetOptions
  }

  private let url: URL

  /// Bytes at most: a file of all settings has two thousand.
  private static let largest = 1 << 16

  /// - Throws: `FileError` in one line that names the file, the line and the setting.
  init(contentsOf url: URL) throws {
    self.url = url
    let settings = try Self.settings(in: url)
    let top = try Self.arguments(
      settings.filter { $0.key.string != "pose" }, as: Main.self, Self.flags(of: RunConfiguration.self) + ["frames"],
      url)
    let parsed = try Self.parse(Main.self, top, url)
    (main, budget) = (parsed.settings, parsed.budget)
    let ofPose = try settings.first { $0.key.string == "pose" }.map { key, value in
      guard case .mapping(let settings) = value else {
        throw Self.fault(url, key, "expected settings below it, such as '  rnn-size: 256'")
      }
      return try Self.arguments(settings, as: PoseOptions.self, Self.flags(of: PoseConfiguration.self), url)
    }
    pose = try Self.parse(PoseOptions.self, ofPose ?? [], url)
  }

  /// Checks settings that come from `file`, where there is one: what is wrong is the file's fault, unless a flag gave it.
  static func check(_ file: SettingsFile?, unless isFlag: (String) -> Bool, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as SettingError {
      guard let file, !isFlag(error.flag) else { throw error }
      throw FileError(file.url, error.description)
    }
  }

  private static func flags<Configuration: Configurable>(of type: Configuration.Type) -> [String] {
    Configuration.settings.filter { !$0.isReadFromData }.map(\.flag)
  }

  /// The settings at the top of the file; none in an empty one.
  private static func settings(in url: URL) throws -> Node.Mapping {
    let data = try DataFile.read(url, upTo: largest + 1)
    guard data.count <= largest else {
      throw FileError(url, "more than \(largest) bytes; expected settings in YAML")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw FileError(url, "not in UTF-8; expected YAML") }
    do {
      switch try compose(yaml: text) {
      case nil: return Node.Mapping([])
      case .mapping(let settings): return settings
      case .some: throw FileError(url, "expected settings, one a line, such as 'batch-size: 16'")
      }
    } catch let error as YamlError {
      let lines = "\(error)".split(whereSeparator: \.isNewline)
      throw FileError(url, "no YAML: \(lines.prefix(2).joined(separator: " "))")
    }
  }

  /// The settings as arguments of a command, each parsed by itself to tell whose fault it is.
  private static func arguments(
    _ settings: some Sequence<(key: Node, value: Node)>, as type: (some ParsableArguments).Type, _ names: [String],
    _ url: URL
  ) throws -> [String] {
    try settings.map { key, value in
      guard let name = key.string, names.contains(name) else {
        let known = names.joined(separator: ", ")
        throw fault(url, key, "there is no such setting; expected one of \(known)")
      }
      guard case .scalar(let scalar) = value, !scalar.string.isEmpty else {
        throw fault(url, key, "expected one value behind it")
      }
      // Whatever YAML takes for a truth may also be the value of an option.
      if let isOn = value.bool, case let flag = "--" + (isOn ? "" : "no-") + name, (try? type.parse([flag])) != nil {
        return flag
      }
      let argument = "--\(name)=\(scalar.string)"
      do { _ = try type.parse([argument]) } catch { throw fault(url, key, type.message(for: error)) }
      return argument
    }
  }

  private static func parse<Settings: ParsableArguments>(
    _ type: Settings.Type, _ arguments: [String], _ url: URL
  ) throws -> Settings {
    do { return try type.parse(arguments) } catch { throw FileError(url, type.message(for: error)) }
  }

  private static func fault(_ url: URL, _ key: Node, _ what: String) -> FileError {
    let line = key.mark.map { "line \($0.line): " } ?? ""
    return FileError(url, "\(line)\(key.string ?? "a setting"): \(what)")
  }
}

import ArgumentParser
import DRNetGPU
import Files
import Foundation
import Yams

/// Settings of a training in YAML, under the names of the flags; those of the pose LSTM are under `pose`:
///
///     preset: kth
///     batch-size: 16
///     cosine: true
///     pose:
///       rnn-size: 128
///
/// Each is parsed in the same way as its flag.
struct SettingsFile {
  let main: TrainOptions
  let budget: BudgetOptions
  let pose: PoseOptions

  /// The settings allowed at the top level of the file.
  private struct Main: ParsableArguments {
    @OptionGroup var settings: TrainOptions
    @OptionGroup var budget: BudgetOptions
  }

  private let url: URL

  /// Maximum file size; a file of all settings has about two thousand bytes.
  private static let maxBytes = 1 << 16

  /// - Throws: `FileError` that names the file, the line and the setting.
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

  /// Runs `body`, which checks settings. An error names `file`, if there is one, unless a flag set the wrong value.
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

  /// The settings at the top level of the file; none if it is empty.
  private static func settings(in url: URL) throws -> Node.Mapping {
    let data = try DataFile.read(url, upTo: maxBytes + 1)
    guard data.count <= maxBytes else {
      throw FileError(url, "more than \(maxBytes) bytes; expected settings in YAML")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw FileError(url, "not in UTF-8; expected YAML") }
    do {
      switch try compose(yaml: text) {
      case nil: return Node.Mapping([])
      case .mapping(let settings): return settings
      case .some: throw FileError(url, "expected settings, one per line, such as 'batch-size: 16'")
      }
    } catch let error as YamlError {
      let lines = "\(error)".split(whereSeparator: \.isNewline)
      throw FileError(url, "not YAML: \(lines.prefix(2).joined(separator: " "))")
    }
  }

  /// The settings as arguments of a command. Each is parsed separately, so that an error names the right one.
  private static func arguments(
    _ settings: some Sequence<(key: Node, value: Node)>, as type: (some ParsableArguments).Type, _ names: [String],
    _ url: URL
  ) throws -> [String] {
    try settings.map { key, value in
      guard let name = key.string, names.contains(name) else {
        let known = names.joined(separator: ", ")
        throw fault(url, key, "unknown setting; expected one of \(known)")
      }
      guard case .scalar(let scalar) = value, !scalar.string.isEmpty else {
        throw fault(url, key, "expected one value after it")
      }
      // A YAML boolean such as `yes` may also be the value of an option, so the flag is tried first.
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

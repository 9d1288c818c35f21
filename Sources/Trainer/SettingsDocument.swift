import ArgumentParser
import DRNetGPU
import Files
import Foundation
import Yams

/// A YAML file of settings under the names of flags, each of which is parsed in the same way as its flag. An error names
/// the file, the line and the setting.
struct SettingsDocument {
  let url: URL
  /// The settings at the top level; none if the file is empty.
  let top: Node.Mapping

  /// Maximum file size; a file of all settings has about two thousand bytes.
  private static let maxBytes = 1 << 16

  /// - Throws: `FileError` if the file cannot be read or is no YAML.
  init(contentsOf url: URL) throws {
    self.url = url
    let data = try DataFile.read(url, atMost: Self.maxBytes, expected: "settings in YAML")
    guard let text = String(data: data, encoding: .utf8) else { throw FileError(url, "not in UTF-8; expected YAML") }
    do {
      switch try compose(yaml: text) {
      case nil: top = Node.Mapping([])
      case .mapping(let settings): top = settings
      case .some: throw FileError(url, "expected settings, one per line, such as 'batch-size: 16'")
      }
    } catch let error as YamlError {
      // The parser shows the lines of the file behind its reason.
      let lines = "\(error)".split(whereSeparator: \.isNewline).prefix(2).joined(separator: " ")
      throw FileError(url, "not YAML: \(lines.replacing(#/[. ]*Context:$/#, with: ""))")
    }
  }

  /// The settings as arguments of a command. Each is parsed separately, so that an error names the right one.
  /// - Parameters:
  ///   - names: the settings allowed.
  ///   - others: arguments that `type` needs beside each setting.
  func arguments(
    _ settings: some Sequence<(key: Node, value: Node)>, as type: (some ParsableArguments).Type, _ names: [String],
    besides others: [String] = []
  ) throws -> [String] {
    try settings.map { key, value in
      guard let name = key.string, names.contains(name) else {
        throw fault(key, "unknown setting; expected one of \(names.joined(separator: ", "))")
      }
      guard case .scalar(let scalar) = value, !scalar.string.isEmpty else {
        throw fault(key, "expected one value after it")
      }
      // A YAML boolean such as `yes` may also be the value of an option, so the flag is tried first.
      if let isOn = value.bool, case let flag = "--" + (isOn ? "" : "no-") + name,
        (try? type.parse([flag] + others)) != nil
      {
        return flag
      }
      let argument = "--\(name)=\(scalar.string)"
      do { _ = try type.parse([argument] + others) } catch { throw fault(key, type.message(for: error)) }
      return argument
    }
  }

  func parse<Settings: ParsableArguments>(_ type: Settings.Type, _ arguments: [String]) throws -> Settings {
    do { return try type.parse(arguments) } catch { throw FileError(url, type.message(for: error)) }
  }

  /// An error about the setting called `key`, or about what is below it.
  func fault(_ key: Node, _ what: String) -> FileError {
    FileError(url, "\(line(of: key))\(key.string ?? "a setting"): \(what)")
  }

  /// An error about the value of a setting at the top level or, of the pose LSTM, below `pose`.
  func fault(_ error: SettingError, ofPose: Bool = false) -> FileError {
    let key = (ofPose ? top["pose"]?.mapping : top)?.first { $0.key.string == error.flag }?.key
    return FileError(url, (key.map(line) ?? "") + error.description)
  }

  private func line(of key: Node) -> String { key.mark.map { "line \($0.line): " } ?? "" }
}

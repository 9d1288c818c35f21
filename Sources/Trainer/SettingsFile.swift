import ArgumentParser
import DRNetGPU
import Files
import Foundation

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

  /// The settings of the main model's training, in a file.
  struct Main: ParsableArguments {
    @OptionGroup var settings: TrainOptions
    @OptionGroup var budget: BudgetOptions

    /// Those allowed in a file; how long this process may train is none of them.
    static let names = SettingsFile.flags(of: RunConfiguration.self) + ["frames"]
  }

  private let document: SettingsDocument

  /// - Throws: `FileError` that names the file, the line and the setting.
  init(contentsOf url: URL) throws {
    let document = try SettingsDocument(contentsOf: url)
    self.document = document
    let top = try document.arguments(document.top.filter { $0.key.string != "pose" }, as: Main.self, Main.names)
    let parsed = try document.parse(Main.self, top)
    (main, budget) = (parsed.settings, parsed.budget)
    let ofPose = try document.top.first { $0.key.string == "pose" }.map { key, value in
      guard case .mapping(let settings) = value else {
        throw document.fault(key, "expected settings below it, such as '  rnn-size: 256'")
      }
      return try document.arguments(settings, as: PoseOptions.self, Self.flags(of: PoseConfiguration.self))
    }
    pose = try document.parse(PoseOptions.self, ofPose ?? [])
    var configuration = PoseConfiguration()
    pose.apply(to: &configuration)
    do {
      try configuration.validate()
    } catch let error as SettingError {
      throw document.fault(error, ofPose: true)
    }
  }

  /// Runs `body`, which checks settings. An error names `file`, if there is one, unless a flag set the wrong value.
  static func check(_ file: SettingsFile?, unless isFlag: (String) -> Bool, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as SettingError {
      guard let file, !isFlag(error.flag) else { throw error }
      throw file.document.fault(error)
    }
  }

  static func flags<Configuration: Configurable>(of type: Configuration.Type) -> [String] {
    Configuration.settings.filter { !$0.isReadFromData }.map(\.flag)
  }
}

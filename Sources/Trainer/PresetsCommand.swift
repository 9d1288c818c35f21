import ArgumentParser
import DRNetGPU
import Foundation

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the presets, or all settings of one preset with their sources.",
    discussion: """
      The settings of a preset are printed as a YAML file for --config, which you can edit. Sources: py is
      edenton/drnet-py, lua is edenton/drnet, ap is ap229997/DRNET, and ours was measured for this program.
      Example:
        drnet presets kth > kth.yaml
        drnet train --config kth.yaml --data-root kth.clips --out runs/kth
      """)

  @Argument(help: "Preset to show.") var name: Preset?

  func run() throws {
    guard let name else {
      Terminal.printTable(Preset.allCases.map { [$0.rawValue, $0.summary] })
      return
    }
    print("# \(name.summary)")
    func rows(_ settings: [Preset.Setting], _ indent: String) -> [[String]] {
      settings.map { ["\(indent)\($0.flag): \($0.value)", "# \($0.source)"] }
    }
    let (pose, main) = (name.settings.filter(\.isOfPose), name.settings.filter { !$0.isOfPose })
    Terminal.printTable([["preset: \(name.rawValue)"]] + rows(main, "") + [["pose:"]] + rows(pose, "  "))
  }
}

import ArgumentParser
import DRNetGPU
import Foundation

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the presets, or all settings of one and where they come from.",
    discussion: """
      The settings of one are a file for --config, to change and to train with. py is edenton/drnet-py, lua edenton/drnet,
      ap ap229997/DRNET; ours was measured here.
      Example:
        drnet presets kth > kth.yaml
        drnet train --config kth.yaml --data-root kth.clips --out runs/kth
      """)

  @Argument(help: "A preset.") var name: Preset?

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

import ArgumentParser
import DRNetGPU
import Foundation

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the presets, or all settings of one and where they come from.",
    discussion: """
      py is edenton/drnet-py, lua edenton/drnet, ap ap229997/DRNET; ours was measured here.
      Example:
        drnet presets kth
        drnet train --preset kth --data-root kth.clips --out runs/kth
      """)

  @Argument(help: "A preset.") var name: Preset?

  func run() throws {
    guard let name else {
      Terminal.printTable(Preset.allCases.map { [$0.rawValue, $0.summary] })
      return
    }
    print("\(name.rawValue): \(name.summary)\n")
    // What is said twice is said last.
    var last: [String: Int] = [:]
    let settings = name.settings
    for (index, setting) in settings.enumerated() { last["\(setting.isOfPose) \(setting.flag)"] = index }
    for isOfPose in [false, true] {
      let rows = settings.indices.filter { settings[$0].isOfPose == isOfPose && last.values.contains($0) }
      print("drnet train\(isOfPose ? "-pose" : "")")
      Terminal.printTable(rows.map { ["  --\(settings[$0].flag)", settings[$0].value, settings[$0].source] })
    }
  }
}

extension Preset: ExpressibleByArgument {}

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
    for isOfPose in [false, true] {
      print("drnet train\(isOfPose ? "-pose" : "")")
      Terminal.printTable(
        name.settings.filter { $0.isOfPose == isOfPose }.map { ["  --\($0.flag)", $0.value, $0.source] })
    }
  }
}

extension Preset: ExpressibleByArgument {}

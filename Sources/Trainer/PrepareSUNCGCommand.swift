import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareSUNCGCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suncg", abstract: "Prepares the chairs of SUNCG: a clip is one turn around a chair.",
    discussion: """
      The folder holds a folder for each chair, with folders elevation_E of views p200-64_1.png to p200-64_36.png.
      Example:
        drnet prepare suncg --from chairs --out chairs.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Flag(help: "Take colours away.") var grey = false

  func run() throws {
    try options.write(SUNCGChairs(root: options.source, imageSize: options.size, isGrey: grey))
  }
}

import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareSUNCGCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suncg", abstract: "Prepares the chairs of SUNCG: each clip is one full turn around a chair.",
    discussion: """
      The folder must contain a folder per chair, with folders elevation_E of views p200-64_1.png to p200-64_36.png.
      Example:
        drnet prepare suncg --from chairs --out chairs.clips
        drnet prepare suncg --from chairs --labels chairs.csv --out chairs.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Flag(help: "Convert frames to greyscale.") var grey = false
  @Option(help: "Classes of the objects: a CSV file with the columns object,split (if wanted),CLASS,...") var labels:
    String?

  func run() throws {
    let chairs = try SUNCGChairs(
      root: options.source, imageSize: options.size, isGrey: grey, labels: labels.map { URL(filePath: $0) })
    if let foreignRows = chairs.foreignRows { Terminal.message(foreignRows) }
    try options.write(chairs)
  }
}

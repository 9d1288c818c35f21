import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareNORBCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "norb", abstract: "Prepares small NORB: a clip is one turn of a toy on its table.",
    discussion: """
      The folder holds the six .mat files under their own names, plain or gzipped.
      Example:
        drnet prepare norb --from norb --out norb.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Option(help: "left, or both: the turns that each camera saw are clips of their own.")
  var cameras = SmallNORB.Cameras.both

  func run() throws {
    try options.write(
      SmallNORB(
        root: options.source, cameras: cameras, imageSize: options.size,
        scratch: options.target.deletingLastPathComponent()))
  }
}

extension SmallNORB.Cameras: ExpressibleByArgument {}

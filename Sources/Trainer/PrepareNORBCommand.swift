import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareNORBCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "norb", abstract: "Prepares small NORB: each clip is one full turn of a toy on the turntable.",
    discussion: """
      The folder must contain the six .mat files under their original names, plain or gzipped.
      Example:
        drnet prepare norb --from norb --out norb.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Option(help: "left, or both: each camera gives its own clips.")
  var cameras = SmallNORB.Cameras.both

  func run() throws {
    try options.write(
      SmallNORB(
        root: options.source, cameras: cameras, imageSize: options.size,
        scratch: options.target.deletingLastPathComponent()))
  }
}

extension SmallNORB.Cameras: ExpressibleByArgument {}

import ArgumentParser
import DRNetGPU
import Foundation
import TensorEngine

struct SwapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap", abstract: "Decodes the content of some clips with the pose of others, as a grid.",
    discussion: """
      Each row should keep its object and each column its pose. Also writes reconstructions of held-out clips.
      Example:
        drnet swap runs/first --rows 6 --columns 8
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("Folder of a run with a trained model.", valueName: "run")) var path: String
  @OptionGroup var runWeights: RunWeightsOptions
  @Option(help: "Held-out clips to take the content from, one per row.") var rows = 8
  @Option(help: "Held-out clips to take the pose from, one per column.") var columns = 8
  @Option(help: "Seed of the clips.") var seed: UInt64 = 7

  func validate() throws {
    for (flag, count) in [("rows", rows), ("columns", columns)] where !(1...100).contains(count) {
      throw ValidationError("--\(flag) \(count): expected a whole number from 1 to 100")
    }
  }

  func run() throws {
    let trained = try TrainedRun(path, weights: runWeights.weights, on: devices)
    let source = try trained.clips(frames: 2)
    let pictures = FramePictures(trained.extractor, scale: 2)
    func frames(_ count: Int, step: Int) throws -> [HostTensor] {
      try source.sequences(step: step, size: count, length: 2, split: .heldOut, seed: seed, purpose: .generation).frames
    }
    let grid = try trained.folder.imageToWrite("swap.png")
    let poses = try frames(columns, step: 1)
    try pictures.swapGrid(contents: frames(rows, step: 0)[0], poses: poses[0])
      .write(to: grid, description: trained.description)
    print(grid.relativePath)
    let reconstructions = try trained.folder.imageToWrite("reconstructions.png")
    try pictures.reconstructions(contents: poses[0], poses: poses[1])
      .write(to: reconstructions, description: trained.description)
    print(reconstructions.relativePath)
  }
}

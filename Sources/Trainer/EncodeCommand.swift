import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Encodes a folder of PNG frames into content and pose vectors.",
    discussion: """
      Writes content (N, content_dim) and pose (N, pose_dim), with one row per frame in the order of file names. Batch
      norm uses its running statistics.
      Example:
        drnet encode runs/first --frames walk --out walk.safetensors
        drnet encode --weights model.safetensors --frames walk --out walk.safetensors
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var weights: WeightsOptions
  @Option(help: "Folder of PNG frames.") var frames: String
  @Option(help: "File to write.") var out: String

  func run() throws {
    let features = try FeatureFile.encode(folder: URL(filePath: frames), with: weights.open(on: devices))
    let url = URL(filePath: out)
    try features.write(to: url)
    print(url.relativePath)
  }
}

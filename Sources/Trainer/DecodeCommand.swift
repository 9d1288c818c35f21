import ArgumentParser
import DRNetGPU
import Foundation

struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Decodes content and pose vectors into frames.",
    discussion: """
      Writes one PNG per row, and frames.safetensors with frames (N, C, H, W) in [0, 1].
      Example:
        drnet decode runs/first --features walk.safetensors --out out
        drnet decode --weights model.safetensors --features walk.safetensors --out out
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var weights: WeightsOptions
  @Option(help: "Features as drnet encode writes them: content (N, content_dim), pose (N, pose_dim).")
  var features: String
  @Option(help: "PNG frame whose content replaces that of every row; decoders with skip connections need one.")
  var contentFrame: String?
  @Option(help: "Output folder; must not exist or must be empty, unless --force is given.") var out: String
  @Flag(help: "Write into a folder that already contains files.") var force = false

  func run() throws {
    let folder = URL(filePath: out)
    try DecodedFrames.requireWritable(folder, force: force)
    let file = try SafetensorsFile.read(URL(filePath: features))
    let frames = try FeatureFile.decode(
      file, contentFrame: contentFrame.map { URL(filePath: $0) }, with: weights.open(on: devices))
    try DecodedFrames.write(frames, into: folder)
    print(folder.relativePath)
  }
}

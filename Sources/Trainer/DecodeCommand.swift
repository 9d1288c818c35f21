import ArgumentParser
import DRNetGPU
import Foundation

struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Writes the frames that content and pose vectors stand for.",
    discussion: """
      One PNG a row, and frames.safetensors with frames (N, C, H, W) in [0, 1].
      Example:
        drnet decode --weights model.safetensors --features walk.safetensors --out out
      """)

  @OptionGroup var devices: DeviceOptions
  @OptionGroup var weights: WeightsOptions
  @Option(help: "Features as drnet encode writes them: content (N, content_dim), pose (N, pose_dim).")
  var features: String
  @Option(help: "PNG frame whose content every row gets in place of its own; decoders with skips need one.")
  var contentFrame: String?
  @Option(help: "Folder to write to; must not be there yet, or be empty, unless --force.") var out: String
  @Flag(help: "Write into a folder that holds files already.") var force = false

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

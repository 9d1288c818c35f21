import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

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
    let there = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    if let there, !there.isEmpty, !force {
      throw FileError(folder, "this folder holds files already; choose another --out, or allow it with --force")
    }
    let file = try SafetensorsFile.read(URL(filePath: features))
    let frames = try FeatureFile.decode(
      file, contentFrame: contentFrame.map { URL(filePath: $0) }, with: weights.open(on: devices))
    let made = try AtomicFile.makeFolders(to: folder)
    var written: [URL] = []
    do {
      try write(frames, into: folder) { written.append($0) }
    } catch {
      for url in written { unlink(url.path) }
      for folder in made.reversed() { rmdir(folder.path) }
      throw error
    }
    print(folder.relativePath)
  }

  private func write(_ frames: HostTensor, into folder: URL, wrote: (URL) -> Void) throws {
    for index in 0..<frames.shape[0] {
      let url = folder.appending(path: String(format: "frame-%06d.png", index))
      try PNGImage(frames, frame: index).write(to: url)
      wrote(url)
    }
    var tensors = SafetensorsFile()
    tensors["frames"] = frames
    try tensors.write(to: folder.appending(path: "frames.safetensors"))
  }
}

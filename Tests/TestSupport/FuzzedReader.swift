import Files
import Foundation

@testable import DRNetGPU

/// The readers of files that people bring, as fuzzing and the tests of its corpus call them.
public enum FuzzedReader: String, CaseIterable, Sendable {
  case idx
  case png
  /// PNG files whose checksums are made right first, so that chance finds what lies behind them.
  case pngChecked = "png-checked"
  case norbImages = "norb-images"
  case norbMatrix = "norb-matrix"
  case clips
  /// The same for prepared clips.
  case clipsChecked = "clips-checked"
  /// The index of the KTH actions.
  case kthSequences = "kth-sequences"
  /// Tables of the classes of videos, and of what changes in folders of frames.
  case labels
  case safetensors
  /// Videos, which ffmpeg decodes: what it says of them is read here.
  case video

  /// Those that can be read on this machine.
  public static var possible: [FuzzedReader] { allCases.filter { $0 != .video || VideoFixture.isPossible } }

  /// Reads `bytes` as a file, with all that it holds.
  /// - Returns: what the reader says is wrong with the file; nil where it takes it.
  public func complaint(about bytes: Data) -> String? {
    do {
      try read(bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func read(_ bytes: Data) throws {
    switch self {
    case .idx: try Self.asFile(bytes) { _ = try IDXFile(contentsOf: $0, dimensions: 3) }
    case .png: _ = try PNGImage(bytes, from: "picture")
    case .pngChecked: _ = try PNGImage(Self.withChecksums(bytes), from: "picture")
    case .norbImages:
      try Self.asFile(bytes) { file in
        let images = try NORBImages(file, scratch: file.deletingLastPathComponent())
        _ = try images.image(images.count - 1, camera: 1)
      }
    case .norbMatrix: try Self.asFile(bytes) { _ = try NORBMatrix(contentsOf: $0, dimensions: 2) }
    case .clips: try Self.asFile(bytes, Self.readClips)
    case .clipsChecked: try Self.asFile(Self.withBlockChecksums(bytes), Self.readClips)
    case .labels:
      try Self.asFile(bytes) { file in
        do { _ = try ClipLabels(contentsOf: file) } catch { _ = try FrameFactors(contentsOf: file) }
      }
    case .kthSequences: try Self.asFile(bytes) { _ = try KTHSequences(contentsOf: $0) }
    case .safetensors: _ = try SafetensorsFile.decode(bytes, from: URL(filePath: "weights"))
    case .video: try Self.asFile(bytes, Self.readVideo)
    }
  }

  private static func readVideo(_ file: URL) throws {
    let shape = FrameShape(imageSize: 16, channels: 3)
    let video = try Video(file)
    for rate in [nil, 10.0] {
      let frames = try video.frames(rate: rate)
      try frames.skip(1)
      let taken = try frames.take(7, as: shape)
      precondition(taken.allSatisfy { $0.pixels.count == shape.frameSize })
    }
    _ = try SceneCuts(of: video, rate: nil, imageSize: 16)
  }

  private static func readClips(_ file: URL) throws {
    let clips = try ClipsFile(contentsOf: file, minimumFrames: 2, imageSize: 2)
    let drawn = try clips.clips(step: 0, size: 4, length: 2, split: .training, seed: 1, purpose: .tests)
    _ = try clips.frames(of: drawn, at: 1)
    for clip in drawn { _ = (clips.labels(of: clip), clips.factors(of: clip, frame: 1)) }
  }

  /// A container of prepared clips with the checksum of every whole block put right.
  private static func withBlockChecksums(_ file: Data) -> Data {
    var bytes = Array(file)
    var position = ClipsFormat.signature.count
    while position + ClipsFormat.prefixSize <= bytes.count {
      let content = position + ClipsFormat.prefixSize
      let prefix = bytes[position..<content].withUnsafeBytes { ClipsFormat.Prefix($0) }
      guard let prefix, content + prefix.textLength + prefix.pixelLength <= bytes.count else { break }
      let end = content + prefix.textLength + prefix.pixelLength
      let checksum = crc32(bytes[content..<end])
      for byte in 0..<4 { bytes[position + 4 + byte] = UInt8(checksum >> (8 * byte) & 255) }
      position = end
    }
    return Data(bytes)
  }

  /// A PNG file with the checksum of every whole chunk put right.
  private static func withChecksums(_ file: Data) -> Data {
    var bytes = Array(file)
    var position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard position + 12 + length <= bytes.count else { break }
      let body = Array(bytes[position + 4..<position + 8 + length])
      let checksum = crc32(body)
      for byte in 0..<4 { bytes[position + 8 + length + byte] = UInt8(checksum >> (24 - 8 * byte) & 255) }
      position += 12 + length
    }
    return Data(bytes)
  }

  /// Calls `body` with a file that holds `bytes`.
  private static func asFile(_ bytes: Data, _ body: (URL) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "drnet-fuzz-\(UUID().uuidString)")
    try bytes.write(to: file)
    defer { unlink(file.path) }
    try body(file)
  }
}

/// Whether a complaint is one that people can read: a line, and not a long one.
public func isOneLine(_ complaint: String) -> Bool {
  !complaint.isEmpty && complaint.utf8.count < 1000 && !complaint.contains(where: \.isNewline)
}

import Foundation

@testable import DRNetGPU

/// The readers of files that people bring, as fuzzing and the tests of its corpus call them.
public enum FuzzedReader: String, CaseIterable, Sendable {
  case idx
  case png
  case norbImages = "norb-images"
  case norbMatrix = "norb-matrix"
  case safetensors

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
    case .norbImages:
      try Self.asFile(bytes) { file in
        let images = try NORBImages(file, scratch: file.deletingLastPathComponent())
        _ = try images.image(images.count - 1, camera: 1)
      }
    case .norbMatrix: try Self.asFile(bytes) { _ = try NORBMatrix(contentsOf: $0, dimensions: 2) }
    case .safetensors: _ = try SafetensorsFile.decode(bytes, from: URL(filePath: "weights"))
    }
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

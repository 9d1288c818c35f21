import Foundation

@testable import DRNetGPU

/// A folder of its own for one test; it goes with the last reference.
final class DataTestFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("drnet-data-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, and the folders that lead to it.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file
  }

  /// An IDX file of bytes that count up.
  static func idx(_ extents: [Int], type: UInt8 = 8, values: [UInt8]? = nil) -> [UInt8] {
    let sizes = extents.flatMap { extent in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) } }
    let counting = (0..<extents.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) }
    return [0, 0, type, UInt8(extents.count)] + sizes + (values ?? counting)
  }

  /// Clips of grey frames `frame0.png`, `frame1.png`, ...; the grey level is clip * 16 + frame.
  func writeClips(_ lengths: [Int], side: Int = 64) throws {
    for (clip, length) in lengths.enumerated() {
      for frame in 0..<length {
        let pixels = [UInt8](repeating: UInt8(clip * 16 + frame), count: side * side)
        try write(
          "clip\(clip)/frame\(frame).png",
          PNGImage(width: side, height: side, channels: 1, pixels: pixels).pngData())
      }
    }
  }
}

/// The line that `body` fails with; nil where it does not.
func dataErrorLine(_ body: () throws -> Void) -> String? {
  do { try body() } catch { return "\(error)" }
  return nil
}

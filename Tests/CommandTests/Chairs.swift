import DRNetGPU
import Foundation

extension Workspace {
  /// Draws the chairs `objects` in the folder at `path`: one full turn each, with views of 8 px, of one grey each.
  func drawChairs(_ objects: [String], in path: String = "chairs") throws {
    for (index, object) in objects.enumerated() {
      let folder = self["\(path)/\(object)/elevation_0.50"]
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for view in 1...36 {
        let pixels = [UInt8](repeating: UInt8(view + 40 * index), count: 64)
        try PNGImage(width: 8, height: 8, channels: 1, pixels: pixels)
          .write(to: folder.appending(path: "p200-64_\(view).png"))
      }
    }
  }
}

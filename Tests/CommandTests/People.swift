import DRNetGPU
import Foundation

extension Workspace {
  /// Draws people who do two things, as the experiments' material is arranged: clips of frames of 64 px of one colour each, with
  /// a phase, in the folder `people`, and the table `people/labels.csv`. Of three people one is held out.
  func drawPeople(frames: Int) throws {
    var table = "clip,split,body,action\n"
    for (person, split) in ["training", "training", "heldOut"].enumerated() {
      for (number, action) in ["walk", "jump"].enumerated() {
        let clip = "\(person)/\(action)"
        let folder = self["people/\(clip)"]
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for frame in 0..<frames {
          let pixels = (0..<3 * 4096).map { UInt8(truncatingIfNeeded: $0 % 3 * 60 + 50 * person + 20 * number + frame) }
          try PNGImage(width: 64, height: 64, channels: 3, pixels: pixels)
            .write(to: folder.appending(path: String(format: "%03d.png", frame)))
        }
        let phases = (0..<frames).map { "\(Double($0) / Double(frames))\n" }.joined()
        try Data("phase\n\(phases)".utf8).write(to: folder.appending(path: "factors.csv"))
        table += "\(clip),\(split),\(person % 2 == 0 ? "tall" : "small"),\(action)\n"
      }
    }
    try Data(table.utf8).write(to: self["people/labels.csv"])
  }
}

import Files
import Foundation
import TensorEngine

/// The folders of a file of prepared clips as scenes: clips whose names are alike up to the last slash show the same thing,
/// in other actions or from other sides. A drawn scene is some of the frames of its clips, in random order.
///
/// What differs between the clips of a folder then counts as what moves. Frames of one clip alone would leave it to the
/// content, in which it never changes.
struct FolderScenes: ClipSource {
  /// A frame of a clip.
  struct Frame: Sendable {
    fileprivate let clip: ClipsFile.Clip
    fileprivate let index: Int
  }

  /// The clips of a folder.
  private struct Scene {
    let name: Substring
    var entries: [Int]
    var frames: Int
  }

  private let clips: ClipsFile
  private let scenes: [Split: [Scene]]

  var channels: Int { clips.channels }
  var imageSize: Int { clips.imageSize }
  let summary: String

  /// - Parameters:
  ///   - clips: the file, with clips of any length.
  ///   - url: the file, for messages.
  ///   - minimumFrames: frames that every folder must have in all.
  /// - Throws: `FileError` if clips are in no folder, or a folder has fewer frames.
  init(_ clips: ClipsFile, of url: URL, minimumFrames: Int) throws {
    var scenes: [Split: [Scene]] = [:]
    for split in Split.allCases {
      var (found, places): ([Scene], [Substring: Int]) = ([], [:])
      for entry in clips.entries(of: split) {
        let (name, frames) = (clips.name(of: entry), clips.frameCount(of: entry))
        guard let slash = name.lastIndex(of: "/") else {
          throw FileError(
            url,
            "\(name) is in no folder, but --scene is folder; prepare clips from a folder for each scene, or train with "
              + "--scene clip")
        }
        let folder = name[..<slash]
        if let place = places[folder] {
          found[place].entries.append(entry)
          found[place].frames += frames
        } else {
          places[folder] = found.count
          found.append(Scene(name: folder, entries: [entry], frames: frames))
        }
      }
      if let short = found.first(where: { $0.frames < minimumFrames }) {
        throw FileError(
          url,
          "the clips of \(short.name) have \(short.frames) frames in all, but scenes of \(minimumFrames) are needed: "
            + "lower --max-step")
      }
      scenes[split] = found
    }
    (self.clips, self.scenes) = (clips, scenes)
    summary =
      "\(clips.summary); scenes are their \(scenes[.training]!.count) training and \(scenes[.heldOut]!.count) held-out folders"
  }

  func clipCount(_ split: Split) -> Int? { scenes[split]!.count }

  /// Draws a folder, each with the same probability, and `length` different frames of it.
  func drawClip(_ split: Split, length: Int, random: inout CounterRandom) throws -> [Frame] {
    let candidates = scenes[split]!
    let scene = candidates[random.integer(in: 0...candidates.count - 1)]
    return try random.distinct(length, in: 0...scene.frames - 1).map { place in
      var index = place
      let entry = scene.entries.first { entry in
        let frames = clips.frameCount(of: entry)
        if index < frames { return true }
        index -= frames
        return false
      }
      return Frame(clip: try clips.clip(entry!), index: index)
    }
  }

  func render(_ frames: [Frame], frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws {
    try clips.render(frames[index].clip, frame: frames[index].index, into: pixels)
  }
}

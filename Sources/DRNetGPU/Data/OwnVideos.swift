import Files
import Foundation
import TensorEngine

/// Your own clips: the video files and the folders of PNG frames in a folder and its subfolders.
///
/// Long videos are cut into clips of at most `maxClipFrames` frames, so that memory does not grow with them. The split
/// of a clip depends only on its name, so that adding or removing videos does not change the split of others.
package struct OwnVideos: ClipReader {
  /// How the videos are converted to clips.
  package struct Settings: Sendable {
    package var imageSize = 64
    package var isGrey = false
    package var crop = FrameCrop.none
    /// Frames per second; nil for each video's own rate. Folders of frames have no rate; all their frames are used.
    package var frameRate: Double?
    /// Share of the videos that is held out, in percent.
    package var heldOutPercent = 15.0
    /// Whether each scene of a video is a clip, and is assigned to a split separately; otherwise a video belongs to one
    /// split.
    package var cutsScenes = false
    /// Frames in a clip (the last one of a video or scene may be shorter), and each clip is assigned to a split
    /// separately. nil for as few clips as memory allows, which all belong to the split of their video or scene.
    package var clipFrames: Int?
    package init() {}

    var channels: Int { isGrey ? 1 : 3 }
    var shape: FrameShape { FrameShape(imageSize: imageSize, channels: channels, crop: crop) }
    /// Maximum number of frames in a clip.
    var maxClipFrames: Int { clipFrames ?? OwnVideos.maxClipFrames }
  }

  private struct Entry {
    let name: String
    /// Name of the clip, its scene or its video, all of whose clips belong to the same split.
    let group: String
    let kind: Kind
  }

  private enum Kind {
    /// A range of frames of a video at a rate, which may end earlier, and the range that is decoded for it.
    case video(ScaledVideo, Range<Int>, of: Range<Int>, rate: Double)
    case frames([URL])
    case broken(FileError)
  }

  /// The clips of one video or folder.
  private struct Origin {
    var entries: [Entry]
    var shortScenes = 0
  }

  /// Maximum number of frames in a clip: 41 seconds at 25 frames per second; 4 MB of grey frames of 64 px, 50 MB of
  /// coloured ones of 128 px.
  package static let maxClipFrames = 1024
  /// Maximum number of frames in a video: two days at 60 frames per second. More means a damaged header.
  private static let maxVideoFrames = 1e7
  /// Minimum number of frames in a scene.
  package static var minSceneFrames: Int { SceneCuts.minSceneFrames }

  package let classNames: [String] = []
  package let factorName: String? = nil
  /// Number of files with neither the suffix of a video nor that of a PNG.
  package let otherFiles: Int
  /// Number of scenes that are too short for a clip.
  package let shortScenes: Int
  private let settings: Settings
  private let entries: [Entry]
  private let groups: Set<String>
  private let heldOut: Set<String>
  private let decoded = DecodedPassage()

  /// Lists videos and folders, runs ffprobe on each video, and searches it for scenes if they are requested.
  /// - Parameter progress: called with the number of videos and folders that were examined, and their total number.
  /// - Throws: `FileError` if `root` cannot be read or holds no clip.
  package init(root: URL, settings: Settings, progress: (Int, Int) -> Void = { _, _ in }) throws {
    self.settings = settings
    let listing = try VideoListing(root)
    otherFiles = listing.otherFiles
    let found = listing.origins
    var (entries, shortScenes): ([Entry], Int) = ([], 0)
    try parallelMap(found.indices) {
      try Self.origin(found[$0], settings)
    } forEachInOrder: { index, origin in
      entries += origin.entries
      shortScenes += origin.shortScenes
      progress(index + 1, found.count)
    }
    if entries.isEmpty, shortScenes > 0 {
      throw FileError(root, "no scene has \(Self.minSceneFrames) frames; leave --scene-cuts out")
    }
    guard !entries.isEmpty else {
      let endings = VideoListing.endings.sorted().joined(separator: ", ")
      throw FileError(root, "no video files and no folders of PNG frames there; ffmpeg reads \(endings)")
    }
    (self.entries, self.shortScenes) = (entries, shortScenes)
    // Broken clips do not count as held out.
    groups = Set(entries.filter { if case .broken = $0.kind { false } else { true } }.map(\.group))
    heldOut = Self.heldOut(groups, percent: settings.heldOutPercent)
  }

  /// - Throws: `FileError` if there is only one video or scene, and so nothing to hold out.
  package func requireBothSplits() throws {
    guard groups.count == 1, let name = groups.first else { return }
    throw FileError(
      "\(name): the only \(settings.cutsScenes ? "scene" : "video"), so nothing can be held out; add others, or cut it "
        + "into clips with --clip-frames")
  }

  package var imageSize: Int { settings.imageSize }
  package var channels: Int { settings.channels }
  package var count: Int { entries.count }
  package func name(at index: Int) -> String { entries[index].name }

  package func clip(at index: Int) throws -> PreparedClip {
    let entry = entries[index]
    let shape = settings.shape
    let frames: [PNGImage]
    switch entry.kind {
    case .broken(let error): throw error
    case .frames(let files):
      frames = try files.map { try shape.fit(contentsOf: $0) }
    case .video(let video, let range, let passage, let rate):
      frames =
        passage == range
        ? try video.frames(from: range.lowerBound, count: range.count, rate: rate, as: shape)
        : try decoded.frames(range, of: passage, video, rate: rate, as: shape)
    }
    guard frames.count > 1 else {
      throw FileError("\(entry.name): \(frames.count) frame\(frames.count == 1 ? "" : "s"), expected at least 2")
    }
    return PreparedClip(
      name: entry.name, split: heldOut.contains(entry.group) ? .heldOut : .training, label: nil, factors: [],
      frames: frames.map(\.planes), isCircular: false)
  }

  /// The clips of one video or folder.
  private static func origin(_ origin: VideoListing.Origin, _ settings: Settings) throws -> Origin {
    func broken(_ error: FileError) -> Origin {
      Origin(entries: [Entry(name: origin.name, group: origin.name, kind: .broken(error))])
    }
    switch origin.content {
    case .failure(let error): return broken(error)
    case .success(.frames(let files)):
      return Origin(
        entries: clips(of: [0..<files.count], named: origin.name, settings) { clip, _, all in
          .frames(Array(files[clip.clamped(to: all)]))
        })
    case .success(.video(let url)):
      do {
        let video = try ScaledVideo(url)
        let timing = try video.timing()
        let rate = settings.frameRate ?? timing.rate
        guard settings.cutsScenes else {
          guard timing.duration * rate <= maxVideoFrames else {
            throw FileError(
              url, "lasts \(timing.duration) s, which is more than \(Int(maxVideoFrames)) frames; cut it into parts"
            )
          }
          let frames = Int((timing.duration * rate).rounded())
          // The last clip ends with the file, even if the stored duration is wrong.
          return Origin(
            entries: clips(of: [0..<max(frames, 1)], named: origin.name, settings) { clip, passage, _ in
              .video(video, clip, of: passage, rate: rate)
            })
        }
        let cuts = try SceneCuts(of: video, rate: rate, as: settings.shape)
        return Origin(
          entries: clips(of: cuts.scenes, named: origin.name, settings) { clip, passage, scene in
            .video(video, clip.clamped(to: scene), of: passage.clamped(to: scene), rate: rate)
          },
          shortScenes: cuts.shortScenes)
      } catch let error as FileError {
        return broken(error)
      }
    }
  }

  /// The clips of the scenes of a video: one per scene, or several if it is too long. `kind` takes the frames of a full
  /// clip, those of the passage to decode for it, which is as many full clips as memory allows, and those of its scene;
  /// clip and passage may extend past the end of the scene.
  private static func clips(
    of scenes: [Range<Int>], named name: String, _ settings: Settings,
    _ kind: (_ clip: Range<Int>, _ passage: Range<Int>, _ scene: Range<Int>) -> Kind
  ) -> [Entry] {
    scenes.enumerated().flatMap { number, scene in
      let sceneName = scenes.count == 1 ? name : "\(name)#\(number + 1)"
      // A rest of one frame is no clip: the file may have a frame less than expected.
      let parts = max(1, (scene.count + settings.maxClipFrames - 2) / settings.maxClipFrames)
      let partsOfPassage = maxClipFrames / settings.maxClipFrames
      func range(from part: Int, count: Int) -> Range<Int> {
        let start = scene.lowerBound + part * settings.maxClipFrames
        return start..<start + count * settings.maxClipFrames
      }
      return (0..<parts).map { part in
        let clipName = parts == 1 ? sceneName : sceneName + (scenes.count == 1 ? "#" : ".") + "\(part + 1)"
        return Entry(
          name: clipName, group: settings.clipFrames == nil ? sceneName : clipName,
          kind: kind(
            range(from: part, count: 1), range(from: part - part % partsOfPassage, count: partsOfPassage), scene))
      }
    }
  }

  // MARK: Splits

  /// The names that are held out: those whose CRC-32 lies in the first `percent` of its range. If that is none of them,
  /// or all, the name nearest to the limit changes sides.
  static func heldOut(_ names: Set<String>, percent: Double) -> Set<String> {
    func place(_ name: String) -> Double {
      Double(crc32(Array(name.utf8))) / 4_294_967_296 * 100
    }
    let ordered = names.sorted { (place($0), $0) < (place($1), $1) }
    guard ordered.count > 1 else { return [] }
    let count = ordered.count { place($0) < percent }
    return Set(ordered.prefix(min(max(count, 1), ordered.count - 1)))
  }
}

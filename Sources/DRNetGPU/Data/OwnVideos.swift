import Files
import Foundation

/// Your own clips: the video files and the folders of PNG frames in a folder and its subfolders.
///
/// Each video is decoded once, from its beginning to its end. Long ones are cut into clips of at most `maxClipFrames`
/// frames, so that memory does not grow with them. The split of a clip depends only on its name, so that adding or removing
/// videos does not change the split of others.
package struct OwnVideos: ClipReader {
  /// How the videos are converted to clips.
  package struct Settings: Sendable {
    package var imageSize = 64
    package var isGrey = false
    package var crop = FrameCrop.none
    /// Frames per second; nil for all frames of a video, each of them once. Folders of frames have no rate; all their
    /// frames are used.
    package var frameRate: Double?
    /// Share of the videos that is held out, in percent.
    package var heldOutPercent = 15.0
    /// Whether each scene of a video is a clip, and is assigned to a split separately; otherwise a video belongs to one
    /// split.
    package var cutsScenes = false
    /// Frames in a clip (the last one of a video or scene may be shorter), and each clip is assigned to a split
    /// separately. nil for as few clips as memory allows, which all belong to the split of their video or scene.
    package var clipFrames: Int?
    /// Where classes, and perhaps splits, of videos are from; nil if nothing is known.
    package var labels: Labels?
    package init() {}

    /// Where labels are from.
    package enum Labels: Sendable {
      /// The topmost folder of each video is its class.
      case folders
      /// A table, see `ClipLabels`.
      case table(URL)
    }

    var channels: Int { isGrey ? 1 : 3 }
    var shape: FrameShape { FrameShape(imageSize: imageSize, channels: channels, crop: crop) }
  }

  /// Maximum number of frames in a clip: 41 seconds at 25 frames per second; 4 MB of grey frames of 64 px, 50 MB of
  /// coloured ones of 128 px.
  package static let maxClipFrames = 1024
  /// Minimum number of frames in a scene.
  package static var minSceneFrames: Int { SceneCuts.minSceneFrames }

  package var classes: [ClipClass] { labels?.classes ?? [] }
  /// Those of the first folder of frames that tells any, if there are labels.
  package let factors: [ClipFactor]
  /// Number of files with neither the suffix of a video nor that of a PNG.
  package let otherFiles: Int
  private let root: URL
  private let settings: Settings
  private let origins: [VideoListing.Origin]
  private let labels: ClipLabels?
  /// Tells tables of factors from others, so that a preparation resumes only with the same.
  private let factorChecksum: UInt32?
  /// What the user should know of the table of labels, in one line.
  package let foreignRows: String?

  /// Lists videos and folders.
  /// - Throws: `FileError` if `root` cannot be read or holds no clip.
  package init(root: URL, settings: Settings) throws {
    self.root = root
    self.settings = settings
    let listing = try VideoListing(root)
    origins = listing.origins
    guard !origins.isEmpty else {
      let endings = VideoListing.endings.sorted().joined(separator: ", ")
      throw FileError(root, "no video files and no folders of PNG frames there; ffmpeg reads \(endings)")
    }
    labels =
      switch settings.labels {
      case nil: nil
      case .folders: try ClipLabels(foldersOf: origins.map(\.name), in: root)
      case .table(let url): try ClipLabels(contentsOf: url)
      }
    let tables = labels == nil ? [] : listing.factorTables
    factors = try tables.first.map { try FrameFactors(contentsOf: $0).factors } ?? []
    factorChecksum = try tables.isEmpty ? nil : tables.reduce(0) { crc32(try DataFile.read($1), after: $0) }
    foreignRows = try labels?.foreignRows(origins.map(\.name), of: "video or folder of frames")
    otherFiles = listing.otherFiles + (labels == nil ? listing.factorTables.count : 0)
  }

  /// - Throws: `FileError` if there is only one video, and so nothing to hold out.
  package func requireBothSplits() throws {
    if origins.count == 1, labels?.haveSplits != true, !settings.cutsScenes, settings.clipFrames == nil {
      throw nothingToHoldOut(origins[0].name)
    }
  }

  private func nothingToHoldOut(_ name: String) -> FileError {
    FileError(
      root,
      "\(name) is the only \(settings.cutsScenes ? "scene" : "video") that can be used, so nothing can be held out; "
        + "add others, or cut it into clips with --clip-frames")
  }

  package var imageSize: Int { settings.imageSize }
  package var channels: Int { settings.channels }
  package var sources: [String] { origins.map(\.name) }

  package var settingsText: String? {
    var parts = ["crop \(settings.crop)"]
    if let rate = settings.frameRate { parts.append("frame rate \(rate)") }
    if settings.cutsScenes { parts.append("scenes") }
    if let frames = settings.clipFrames { parts.append("clips of \(frames) frames") }
    if let labels { parts.append("labels \(labels.checksum)") }
    if let factorChecksum { parts.append("factors \(factorChecksum)") }
    return parts.joined(separator: ", ")
  }

  // MARK: Reading

  package func read(_ source: Int, _ pass: (ClipReading) throws -> Void) throws {
    let origin = origins[source]
    var cutter = ClipCutter(name: origin.name, settings)
    do {
      let content = try origin.content.get()
      if let labels { try cutter.know(labels.known(origin.name), factors: factorRows(of: content)) }
      switch content {
      case .frames(let files):
        try cutter.cut([0..<files.count], pass) { place in
          try place < files.count ? settings.shape.fit(contentsOf: files[place]).planes : nil
        }
      case .video(let url):
        let video = try Video(url)
        var scenes = [0..<Int.max]
        if settings.cutsScenes {
          let cuts = try SceneCuts(of: video, rate: settings.frameRate, imageSize: settings.imageSize)
          scenes = cuts.scenes
          guard !scenes.isEmpty else {
            throw FileError("no scene has \(SceneCuts.minSceneFrames) frames; leave --scene-cuts out")
          }
          if cuts.shortScenes > 0 {
            try pass(
              .remark(
                "\(origin.name): \(cuts.shortScenes) scene\(cuts.shortScenes == 1 ? " is" : "s are") shorter than "
                  + "\(SceneCuts.minSceneFrames) frames and left out"))
          }
        }
        let frames = try video.frames(rate: settings.frameRate)
        try cutter.cut(scenes, pass) { place in
          try frames.skip(place - frames.count)
          return try frames.next(as: settings.shape)?.planes
        }
        if let complaint = frames.complaint {
          try pass(.remark("\(origin.name): all \(frames.count) frames were used, but ffmpeg says \(complaint)"))
        }
      }
    } catch let error as FileError {
      try pass(.broken(name: cutter.clips == 0 ? origin.name : "the rest of \(origin.name)", error))
    }
  }

  /// The numbers that change in each frame; empty if nothing is known to change.
  private func factorRows(of content: VideoListing.Content) throws -> [[Float]] {
    guard !factors.isEmpty else { return [] }
    guard case .frames(let files) = content else {
      throw FileError(
        "a video has no \(FrameFactors.fileName), but other clips have one; leave it out, or take its frames")
    }
    let table = files[0].deletingLastPathComponent().appending(path: FrameFactors.fileName)
    let known = try FrameFactors(contentsOf: table)
    guard known.factors == factors else {
      throw FileError(
        table,
        "columns of other factors than in the first folder, which has "
          + factors.map { "\($0.name) (\($0.size))" }.joined(separator: ", "))
    }
    guard known.rows.count == files.count else {
      throw FileError(table, "\(known.rows.count) rows for \(files.count) frames")
    }
    return known.rows
  }

  // MARK: Splits

  package func splits(of groups: Set<String>) throws -> [String: Split] {
    if groups.count == 1, let only = groups.first { throw nothingToHoldOut(only) }
    let heldOut = Self.heldOut(groups, percent: settings.heldOutPercent)
    return Dictionary(uniqueKeysWithValues: groups.map { ($0, heldOut.contains($0) ? .heldOut : .training) })
  }

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

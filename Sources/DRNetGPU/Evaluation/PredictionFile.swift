import Files
import Foundation
import TensorEngine

/// The file or folder of a prediction; the suffix of its name determines the format.
package struct PredictionFile {
  /// The formats of a prediction.
  package enum Format: Equatable, Sendable {
    /// No suffix: a folder of PNG frames, `observed-00000.png` ... and `predicted-00010.png` ...
    case frames
    /// .png: every `stride`-th frame, side by side.
    case strip
    /// .apng: an animated PNG.
    case animation
    /// .gif or .mp4.
    case video(VideoWriter.Format)

    package init(_ url: URL) throws {
      let suffix = url.pathExtension.lowercased()
      if suffix.isEmpty || url.hasDirectoryPath {
        self = .frames
      } else if let video = VideoWriter.Format(rawValue: suffix) {
        self = .video(video)
      } else if suffix == "png" || suffix == "apng" {
        self = suffix == "png" ? .strip : .animation
      } else {
        throw SettingError(
          "out", url.relativePath,
          expected: "a name that ends in .png (a strip), .apng, .gif or .mp4, or a folder for PNG frames")
      }
    }
  }

  package let url: URL
  package let format: Format
  /// Frame rate of animations and videos.
  package var framesPerSecond = 10
  /// Integer zoom factor; frames in a folder keep their size.
  package var scale = 1
  /// Frames from one column of a strip to the next.
  package var stride = 10
  /// What the pictures show, stored in strips and animations.
  package var description: String?
  private let force: Bool

  /// One of the run's own pictures, which is overwritten each time.
  package init(replacing url: URL, as format: Format) {
    self.url = url
    self.format = format
    force = true
  }

  /// Checks all that can be checked before frames are predicted: the name, existing files, and that ffmpeg is installed
  /// if it is needed.
  /// - Throws: `SettingError` if the suffix has no format; `FileError` if the file exists or cannot be written, or
  ///   there is no ffmpeg.
  package init(_ url: URL, force: Bool) throws {
    format = try Format(url)
    // A folder takes the place of another by renaming, which a link would be in the way of.
    self.url = format == .frames ? url.resolvingSymlinksInPath() : url
    self.force = force
    if case .video(let video) = format { _ = try VideoWriter(video) }
    var status = stat()
    if stat(url.path, &status) == 0 {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      if format == .frames {
        guard isFolder else { throw FileError(url, "this is a file, not a folder; choose another --out") }
        guard try force || DataFile.names(in: url).isEmpty else {
          throw FileError(url, "this folder holds files already; choose another --out, or allow it with --force")
        }
      } else {
        guard !isFolder else { throw FileError(url, cannot: "write", errno: EISDIR) }
        guard force else {
          throw FileError(url, "this file exists already; choose another --out, or replace it with --force")
        }
        try AtomicFile.requireReplaceable(url)
      }
    } else if DataFile.isThere(url) {
      throw FileError(url, "this is a link that leads nowhere; remove it, or choose another --out")
    }
    guard access(url.deletingLastPathComponent().path, W_OK | X_OK) == 0 else {
      throw FileError(url, cannot: "write", errno: errno)
    }
  }

  /// Shows the frames of one moment: rows of clips.
  package typealias Show = (_ rows: [[PNGImage]]) throws -> Void

  /// Writes the moments that `play` shows, in order; the file or folder is complete or is not written.
  /// - Parameters:
  ///   - observed: moments before the first predicted one.
  ///   - count: total number of moments.
  ///   - play: calls `show` with each moment.
  /// - Throws: `SettingError` if a picture would be too large; `FileError` if a file cannot be written; what `play`
  ///   throws.
  package func write(observed: Int, count: Int, _ play: (_ show: Show) throws -> Void) throws {
    let pictures = PredictionPictures(observed: observed, scale: scale)
    switch format {
    case .frames: try writeFolder(observed: observed, play)
    case .strip:
      var shown: [[[PNGImage]]] = []
      var index = 0
      try play { rows in
        if index == 0 { try requireWidth(rows[0][0].width, columns: count.dividedRoundingUp(by: stride)) }
        if index.isMultiple(of: stride) { shown.append(rows) }
        index += 1
      }
      try pictures.strip(shown).write(to: url, description: description)
    case .animation:
      var frames: [PNGImage] = []
      try play { rows in
        frames.append(pictures.picture(rows, index: frames.count))
        try requireMemory(frames[0], count: count)
      }
      try AnimatedPNG(frames, framesPerSecond: framesPerSecond).write(to: url, description: description)
    case .video(let video):
      var index = 0
      try VideoWriter(video, framesPerSecond: framesPerSecond).write(to: url) { show in
        try play { rows in
          let picture = pictures.picture(rows, index: index)
          if video == .gif { try requireMemory(picture, count: count) }
          try show(picture)
          index += 1
        }
      }
    }
  }

  // MARK: Limits

  /// Viewers, and our own reader, do not open wider pictures.
  private static let maxWidth = PNGImage.maxSide
  /// Bytes of all frames of an animated PNG or a GIF, which are held in memory at once.
  private static let maxBytes = 1 << 30

  private func requireWidth(_ width: Int, columns: Int) throws {
    let limit = (Self.maxWidth - 2) / (width * scale + 2)
    guard columns > limit else { return }
    throw SettingError(
      "stride", stride,
      expected:
        "\((columns * stride).dividedRoundingUp(by: limit)) or more, for a strip of at most \(Self.maxWidth) pixels")
  }

  private func requireMemory(_ picture: PNGImage, count: Int) throws {
    let (bytes, limit) = (picture.pixels.count, Self.maxBytes)
    guard count > limit / bytes else { return }
    throw SettingError(
      "frames", count,
      expected:
        "at most \(limit / bytes) of \(picture.width) x \(picture.height) pixels in a .\(url.pathExtension), all of "
        + "which are held in memory; .mp4 and a folder take any number")
  }

  // MARK: A folder of frames

  /// Frames are written to a temporary folder, which is then renamed to the target. If the target holds files already,
  /// the frames move into it instead, and frames of an earlier and longer prediction are removed.
  private func writeFolder(observed: Int, _ play: (_ show: Show) throws -> Void) throws {
    let folder = try Temporary.folder(for: url)
    defer { folder.close() }
    let temporary = folder.url
    var names: Set<String> = []
    do {
      try play { rows in
        precondition(rows.count == 1 && rows[0].count == 1, "a folder holds the frames of one clip")
        let name = (names.count < observed ? "observed-" : "predicted-") + String(format: "%05d.png", names.count)
        try rows[0][0].write(to: temporary.appending(path: name))
        names.insert(name)
      }
      if rename(temporary.path, url.path) == 0 { return try AtomicFile.synchronise(url.deletingLastPathComponent()) }
      guard force, errno == ENOTEMPTY || errno == EEXIST else { throw FileError(url, cannot: "create", errno: errno) }
      for name in names.sorted() {
        guard rename(temporary.appending(path: name).path, url.appending(path: name).path) == 0 else {
          throw FileError(url.appending(path: name), cannot: "write", errno: errno)
        }
      }
      for name in try DataFile.names(in: url) where Self.isOurs(name) && !names.contains(name) {
        unlink(url.appending(path: name).path)
      }
      try AtomicFile.synchronise(url)
      rmdir(temporary.path)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    name.wholeMatch(of: /(observed|predicted)-[0-9]{5,}\.png/) != nil
  }
}

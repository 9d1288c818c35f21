import Files
import Foundation
import TensorEngine

/// Your own clips: a folder of folders of PNG frames, one folder per clip, with the frames in natural order of their
/// names.
///
/// The last 15 % of the folders in natural order, at least one, are held out. Frames of another size are scaled to
/// `imageSize`. Frames are grey if requested or if all of them are stored grey, otherwise RGB.
public struct FrameFolders: ClipSource {
  /// A clip and its anchor, the frame that counts as 0.
  public struct Clip: Sendable {
    let folder: Int
    let anchor: Int
  }

  struct Folder: Sendable {
    let url: URL
    let frames: [URL]
  }

  /// Channels of a frame: 1 (grey) or 3 (RGB).
  public let channels: Int
  /// Height and width of a frame in pixels.
  public let imageSize: Int
  /// Path, number of clips and frames, size and colour, in one line.
  public let summary: String
  private let folders: [Folder]
  /// Positions in `folders`.
  private let splits: [Split: Range<Int>]
  private let cache: FrameCache

  /// Lists the frames and reads their headers; pixels are decoded when they are first drawn.
  /// - Parameters:
  ///   - root: the folder of the clips' folders.
  ///   - minimumFrames: frames that every clip must have: maxStep + 1.
  ///   - imageSize: height and width to scale frames to, in pixels.
  ///   - isGrey: whether to convert frames to one channel.
  ///   - cacheLimit: bytes of decoded frames to keep.
  /// - Throws: `FileError` that names the folder or frame that is missing, too short or damaged.
  public init(
    root: URL, minimumFrames: Int, imageSize: Int = 64, isGrey: Bool = false, cacheLimit: Int = 1 << 29
  ) throws {
    let folders = try Self.list(root)
    guard folders.count >= 2 else {
      throw FileError(
        root,
        "\(folders.count) folder\(folders.count == 1 ? "" : "s") of PNG frames there, expected at least 2: "
          + "one folder per clip, and one clip is held out")
    }
    var isStoredGrey = true
    var sizes: Set<[Int]> = []
    for folder in folders {
      guard folder.frames.count >= minimumFrames else { throw Self.tooShort(folder, minimumFrames) }
      for frame in folder.frames {
        let header = try PNGStructure(headerOf: frame)
        isStoredGrey = isStoredGrey && header.isGrey
        sizes.insert([header.width, header.height])
      }
    }
    self.folders = folders
    self.imageSize = imageSize
    channels = isGrey || isStoredGrey ? 1 : 3
    let heldOut = max(1, folders.count * 15 / 100)
    let training = folders.count - heldOut
    splits = [.training: 0..<training, .heldOut: training..<folders.count]
    cache = FrameCache(limit: cacheLimit)
    let size = sizes.count == 1 ? "\(sizes.first![0]) x \(sizes.first![1])" : "various sizes"
    let resizing = sizes == [[imageSize, imageSize]] ? "" : " resized to \(imageSize) x \(imageSize)"
    summary =
      "\(root.path): \(training) training and \(heldOut) held-out clips, "
      + "\(folders.map(\.frames.count).reduce(0, +)) frames of \(size) px\(resizing), \(channels == 1 ? "grey" : "colour")"
  }

  /// Number of folders in a split.
  public func clipCount(_ split: Split) -> Int? { splits[split]!.count }

  /// Draws a folder of the split, each with the same probability, and an anchor in it.
  /// - Throws: `FileError` if the clip has fewer than `length` frames.
  public func drawClip(_ split: Split, length: Int, random: inout CounterRandom) throws -> Clip {
    let range = splits[split]!
    let folder = random.integer(in: range.lowerBound...range.upperBound - 1)
    let count = folders[folder].frames.count
    guard count >= length else { throw Self.tooShort(folders[folder], length) }
    return Clip(folder: folder, anchor: random.integer(in: 0...count - length))
  }

  /// Writes frame `index`, counted from the anchor, as (C, H, W) in [0, 1].
  /// - Throws: `FileError` if the frame cannot be read.
  public func render(_ clip: Clip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws {
    let url = folders[clip.folder].frames[clip.anchor + index]
    let image = try cache.image(url) {
      try FrameShape(imageSize: imageSize, channels: channels).fit(contentsOf: url)
    }
    image.writePlanes(to: pixels)
  }

  private static func tooShort(_ folder: Folder, _ needed: Int) -> FileError {
    FileError(
      folder.url,
      "\(folder.frames.count) PNG frames, but clips of \(needed) frames are needed: "
        + "lower --max-step (or the frames that the command asks for), or remove the folder")
  }

  // MARK: Listing

  /// The clip folders of `root`; hidden entries are skipped.
  private static func list(_ root: URL) throws -> [Folder] {
    let entries = try visibleEntries(root)
    let folders = try entries.filter(isFolder).map { Folder(url: $0, frames: try frames(in: $0)) }
    if folders.isEmpty && entries.contains(where: isPNG) {
      throw FileError(
        root, "PNG files but no folders there: put the frames of each clip into a folder of its own")
    }
    return folders
  }

  /// The PNG files of a folder in natural order of their names.
  /// - Throws: `FileError` if the folder cannot be read.
  public static func frames(in folder: URL) throws -> [URL] { try visibleEntries(folder).filter(isPNG) }

  private static func visibleEntries(_ folder: URL) throws -> [URL] {
    let names = try DataFile.names(in: folder)
    return names.filter { !$0.hasPrefix(".") }.sorted(by: NaturalOrder.precedes).map {
      folder.appendingPathComponent($0)
    }
  }

  private static func isPNG(_ url: URL) -> Bool { url.pathExtension.lowercased() == "png" }

  private static func isFolder(_ url: URL) -> Bool {
    (try? DataFile.isFolder(url)) == true
  }
}

import CZlib
import Foundation

/// People's own clips: a folder, and the folders in it, of video files and of folders of PNG frames.
///
/// Long ones are cut into clips of at most `longestClip` frames, so that memory does not grow with them. Which are held out
/// follows from the name alone: adding or removing clips moves no other from one side to the other.
public struct OwnVideos: ClipReader {
  /// What is made of the videos.
  public struct Settings: Sendable {
    public var imageSize = 64
    public var isGrey = false
    public var crop = FrameCrop.none
    /// Frames a second; nil for each video's own. Folders of frames have none, and are taken as they are.
    public var frameRate: Double?
    /// Share of the videos that is held out, in percent.
    public var heldOutPercent = 15.0
    public init() {}
  }

  private struct Entry {
    let name: String
    /// Name of the video or folder, relative to the root.
    let origin: String
    /// Which clip of it this is.
    let part: Int
    let kind: Kind
  }

  private enum Kind {
    case video(ScaledVideo)
    case frames([URL])
    case broken(DataError)
  }

  /// Frames in a clip at most: 41 seconds at 25 a second; 4 MB of grey frames of 64 px, 50 MB of coloured ones of 128 px.
  static let longestClip = 1024

  public let classNames: [String] = []
  public let factorName: String? = nil
  /// Files that are neither videos by their endings nor PNG.
  public let otherFiles: Int
  private let settings: Settings
  private let entries: [Entry]
  private let heldOut: Set<String>

  /// Lists what there is, and asks ffprobe about each video.
  /// - Throws: `DataError` where `root` cannot be read or holds no clip.
  public init(root: URL, settings: Settings) throws {
    self.settings = settings
    var found = Listing()
    try found.list(root)
    otherFiles = found.otherFiles
    entries = try found.origins.flatMap { try Self.entries($0, settings) }
    guard !entries.isEmpty else {
      throw DataError(
        "\(root.path): no video files and no folders of PNG frames there; ffmpeg reads \(Self.endings.sorted().joined(separator: ", "))"
      )
    }
    // What is known to be broken takes nobody's place.
    heldOut = Self.heldOut(
      Set(entries.filter { if case .broken = $0.kind { false } else { true } }.map(\.origin)),
      percent: settings.heldOutPercent)
  }

  public var imageSize: Int { settings.imageSize }
  public var channels: Int { settings.isGrey ? 1 : 3 }
  public var count: Int { entries.count }
  public func name(at index: Int) -> String { entries[index].name }

  public func clip(at index: Int) throws -> PreparedClip {
    let entry = entries[index]
    let shape = ScaledVideo.Shape(imageSize: imageSize, channels: channels, crop: settings.crop)
    let frames: [[UInt8]]
    switch entry.kind {
    case .broken(let error): throw error
    case .frames(let files):
      frames = try files.map { try Self.planes(of: PNGImage(contentsOf: $0), as: shape, $0) }
    case .video(let video):
      let rate = settings.frameRate ?? video.rate
      let start = Double(entry.part * Self.longestClip) / rate
      frames = try video.frames(from: start, count: Self.longestClip, rate: rate, as: shape)
    }
    guard frames.count > 1 else {
      throw DataError("\(entry.origin): \(frames.count) frame\(frames.count == 1 ? "" : "s"), expected at least 2")
    }
    return PreparedClip(
      name: entry.name, split: heldOut.contains(entry.origin) ? .heldOut : .training, label: nil, factors: [],
      frames: frames, isCircular: false)
  }

  /// The clips of one video or folder.
  private static func entries(_ origin: Listing.Origin, _ settings: Settings) throws -> [Entry] {
    func parts(_ count: Int, _ kind: (Int) -> Kind) -> [Entry] {
      (0..<count).map {
        Entry(
          name: count == 1 ? origin.name : "\(origin.name)#\($0 + 1)", origin: origin.name, part: $0, kind: kind($0))
      }
    }
    switch origin.content {
    case .failure(let error): return parts(1) { _ in .broken(error) }
    case .success(.frames(let files)):
      return parts((files.count + longestClip - 1) / longestClip) {
        .frames(Array(files[$0 * longestClip..<min(files.count, ($0 + 1) * longestClip)]))
      }
    case .success(.video(let url)):
      do {
        let video = try ScaledVideo(url)
        let rate = settings.frameRate ?? video.rate
        // The last part of a video that ends just there may be missing a frame to be one.
        let frames = video.duration.map { Int(min($0 * rate, 1e9).rounded()) } ?? longestClip
        return parts(max(1, (frames + longestClip - 2) / longestClip)) { _ in .video(video) }
      } catch let error as DataError {
        return parts(1) { _ in .broken(error) }
      }
    }
  }

  /// A picture as a frame.
  private static func planes(of image: PNGImage, as shape: ScaledVideo.Shape, _ url: URL) throws -> [UInt8] {
    let cropped: PNGImage
    switch shape.crop {
    case .none: cropped = image
    case .centre: cropped = image.croppedToSquare()
    case .box(let width, let height, let x, let y):
      guard x + width <= image.width, y + height <= image.height else {
        throw DataError(
          "\(url.path): \(image.width) x \(image.height) px, which a crop of \(width):\(height):\(x):\(y) leaves")
      }
      cropped = image.cropped(width: width, height: height, x: x, y: y)
    }
    return cropped.resized(to: shape.imageSize).converted(channels: shape.channels).planes
  }

  // MARK: Splits

  /// The names that are held out: those whose CRC-32 lies in the first `percent` of all there are. Where that is none, or
  /// all, one goes over: the one that lies nearest.
  static func heldOut(_ names: Set<String>, percent: Double) -> Set<String> {
    func place(_ name: String) -> Double {
      let bytes = Array(name.utf8)
      return Double(crc32(0, bytes, uInt(bytes.count))) / 4_294_967_296 * 100
    }
    let ordered = names.sorted { (place($0), $0) < (place($1), $1) }
    guard ordered.count > 1 else { return [] }
    let count = ordered.count { place($0) < percent }
    return Set(ordered.prefix(min(max(count, 1), ordered.count - 1)))
  }

  // MARK: Listing

  /// Endings of the files that ffmpeg is given.
  static let endings: Set = [
    "3gp", "asf", "avi", "divx", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "ogv",
    "ts", "vob", "webm", "wmv", "y4m",
  ]

  /// What lies below a folder.
  private struct Listing {
    enum Content {
      case video(URL)
      case frames([URL])
    }
    struct Origin {
      let name: String
      let content: Result<Content, DataError>
    }
    private(set) var origins: [Origin] = []
    private(set) var otherFiles = 0
    private var visited: Set<[UInt64]> = []
    /// Deeper than anybody sorts videos.
    private static let deepest = 32

    mutating func list(_ folder: URL, as name: String = "", depth: Int = 0) throws {
      var status = stat()
      guard stat(folder.path, &status) == 0 else {
        throw DataError("\(folder.path): \(String(cString: strerror(errno)))")
      }
      // Symbolic links may lead back to a folder above.
      guard visited.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return }
      guard depth <= Self.deepest else { throw DataError("\(folder.path): folders nested \(depth) deep; flatten them") }
      let names = try DataFile.names(in: folder).filter { !$0.hasPrefix(".") }.sorted(by: NaturalOrder.precedes)
      var pictures: [URL] = []
      for entry in names {
        let (url, entryName) = (folder.appending(path: entry), name.isEmpty ? entry : "\(name)/\(entry)")
        do {
          try DataFile.requireUTF8(url)
          if try DataFile.isFolder(url) {
            try list(url, as: entryName, depth: depth + 1)
          } else if url.pathExtension.lowercased() == "png" {
            pictures.append(url)
          } else if endings.contains(url.pathExtension.lowercased()) {
            origins.append(Origin(name: entryName, content: .success(.video(url))))
          } else {
            otherFiles += 1
          }
        } catch let error as DataError {
          origins.append(Origin(name: entryName, content: .failure(error)))
        }
      }
      if !pictures.isEmpty {
        let name = name.isEmpty ? folder.lastPathComponent : name
        origins.append(Origin(name: name, content: .success(.frames(pictures))))
      }
    }
  }
}

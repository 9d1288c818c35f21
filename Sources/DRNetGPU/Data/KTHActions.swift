import Files
import Foundation

/// The KTH actions as downloaded: `person15_walking_d1_uncomp.avi`, in folders by action or all in one, and the data
/// set's index `00sequences.txt`, whose sub-sequences are the clips. The class of a clip is its action.
///
/// Without the index a clip is a whole video; if the person walks, jogs or runs through the picture, frames without the
/// person are removed.
package struct KTHActions: IndexedClipReader {
  /// Which persons train and which are held out.
  package enum PersonSplit: String, CaseIterable, Sendable {
    /// 1 to 20 train, 21 to 25 are held out: the paper's released code.
    case released
    /// 1 to 16 train, 17 to 25 are held out: papers on video prediction.
    case prediction
    /// The data set's own: 11 to 18 train; 22, 2, 3 and 5 to 10 are held out. Its validation persons (19 to 21, 23 to
    /// 25, 1, 4) are left out.
    case original

    func split(person: Int) -> Split? {
      switch self {
      case .released: person <= 20 ? .training : .heldOut
      case .prediction: person <= 16 ? .training : .heldOut
      case .original:
        (11...18).contains(person) ? .training : [22, 2, 3, 5, 6, 7, 8, 9, 10].contains(person) ? .heldOut : nil
      }
    }
  }

  private struct Entry {
    let name: String
    let video: KTHVideo
    let split: Split
    let url: URL
    /// nil for the whole video.
    let range: Range<Int>?
  }

  package let imageSize: Int
  package let channels = 1
  package let classes = [ClipClass("class", KTHVideo.actions)]
  package let factors: [ClipFactor] = []
  /// Whether there was an index.
  package let hasIndex: Bool
  private let entries: [Entry]

  /// - Throws: `FileError` if the folder or the index cannot be read, or there is no video of KTH.
  package init(root: URL, persons: PersonSplit = .released, imageSize: Int = 64) throws {
    self.imageSize = imageSize
    let index = root.appending(path: "00sequences.txt")
    hasIndex = access(index.path, F_OK) == 0
    let sequences = hasIndex ? try KTHSequences(contentsOf: index) : nil
    var entries: [Entry] = []
    for (name, url) in try Self.videos(in: root) {
      guard let video = KTHVideo(name), let split = persons.split(person: video.person) else { continue }
      guard let sequences else {
        entries.append(Entry(name: name, video: video, split: split, url: url, range: nil))
        continue
      }
      guard let ranges = sequences.ranges[name] else {
        throw FileError(index, "no line names the video \(name); use the data set's own file")
      }
      for (number, range) in ranges.enumerated() {
        entries.append(Entry(name: "\(name)-\(number + 1)", video: video, split: split, url: url, range: range))
      }
    }
    guard !entries.isEmpty else {
      throw FileError(root, "no videos of KTH there, such as walking/person15_walking_d1_uncomp.avi")
    }
    self.entries = entries
  }

  package var count: Int { entries.count }
  package func name(at index: Int) -> String { entries[index].name }

  package func clip(at index: Int) throws -> PreparedClip {
    let entry = entries[index]
    let shape = FrameShape(imageSize: imageSize, channels: 1)
    let video = try Video(entry.url).frames()
    if let range = entry.range { try video.skip(range.lowerBound) }
    var frames = try video.take(entry.range?.count ?? Self.maxVideoFrames, as: shape).map(\.planes)
    if let range = entry.range {
      guard frames.count == range.count else {
        throw FileError(
          entry.url,
          "frames \(range.lowerBound + 1) to \(range.upperBound) are needed, but it ends with frame \(video.count)")
      }
    } else if Self.crossing.contains(entry.video.action) {
      frames = Self.withPerson(frames)
    }
    guard frames.count > 1 else {
      throw FileError(entry.url, "\(frames.count) frames with a person, expected at least 2")
    }
    return PreparedClip(
      name: entry.name, split: entry.split, labels: [KTHVideo.actions.firstIndex(of: entry.video.action)!], factors: [],
      frames: frames, isCircular: false)
  }

  /// More than any video of the data set has.
  private static let maxVideoFrames = 4096
  /// Actions in which the person moves through the picture and leaves it; in the others the person stays.
  private static let crossing: Set = ["jogging", "running", "walking"]
  /// A pixel is foreground if it differs from the background by more than `noise`, out of 255; a frame shows a person
  /// if more than `minShare` of its pixels are foreground.
  private static let (noise, minShare) = (20, 0.005)

  /// The frames that show a person. The background is the median of each pixel over the video, since a person who
  /// passes through covers a pixel for less than half of the time.
  static func withPerson(_ frames: [[UInt8]]) -> [[UInt8]] {
    guard let first = frames.first else { return [] }
    let samples = stride(from: 0, to: frames.count, by: max(1, frames.count / 101)).map { frames[$0] }
    let background = first.indices.map { pixel in samples.map { $0[pixel] }.sorted()[samples.count / 2] }
    return frames.filter { frame in
      let different = frame.indices.count { abs(Int(frame[$0]) - Int(background[$0])) > noise }
      return Double(different) > minShare * Double(frame.count)
    }
  }

  // MARK: Listing

  /// The videos of a folder and of the folders in it, by name without `_uncomp.avi`.
  private static func videos(in root: URL) throws -> [(name: String, url: URL)] {
    var found: [(name: String, url: URL)] = []
    func add(_ name: String, in folder: URL) {
      guard name.hasSuffix("_uncomp.avi") else { return }
      found.append((String(name.dropLast("_uncomp.avi".count)), folder.appending(path: name)))
    }
    for name in try DataFile.names(in: root) {
      let url = root.appending(path: name)
      if (try? DataFile.isFolder(url)) == true {
        if KTHVideo.actions.contains(name) { for name in try DataFile.names(in: url) { add(name, in: url) } }
      } else {
        add(name, in: root)
      }
    }
    return found.sorted { ($0.name, $0.url.path) < ($1.name, $1.url.path) }
  }
}

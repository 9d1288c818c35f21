import Files
import Foundation

/// The rendered chairs of SUNCG: a folder of objects, each with folders `elevation_E` of pictures `p200-64_I.png`, with
/// I from 1 to 36 once around the chair.
///
/// A clip is one turn around one object at one elevation. The first 85 % of the objects in the order of their names
/// are for training, the others are held out, unless a table of labels says otherwise. Which object it is is no class, since
/// held-out chairs never occur in training; what is known of objects can be labels.
package struct SUNCGChairs: IndexedClipReader {
  static let views = 36

  /// A clip, or the error if its folder cannot be read.
  private struct Entry {
    let name: String
    let object: String
    let split: Split
    let folder: Result<URL, FileError>
  }

  package let imageSize: Int
  package let channels: Int
  package var classes: [ClipClass] { labels?.classes ?? [] }
  package let factors = [Azimuth.factor]
  package var settingsText: String? { labels.map { "labels \($0.checksum)" } }
  private let labels: ClipLabels?
  /// What the user should know of the table of labels, in one line.
  package let foreignRows: String?
  private let entries: [Entry]

  /// Lists the objects, and reads the headers of all pictures: frames are grey if all of them are.
  /// - Parameters:
  ///   - root: the folder of objects.
  ///   - imageSize: height and width of the frames in pixels.
  ///   - isGrey: whether to convert frames to one channel.
  ///   - labels: a table of what is known of the objects, see `ClipLabels`; nil if nothing is.
  /// - Throws: `FileError` if `root` cannot be read or holds fewer than two objects, or the table cannot be used.
  package init(root: URL, imageSize: Int = 64, isGrey: Bool = false, labels: URL? = nil) throws {
    self.imageSize = imageSize
    self.labels = try labels.map { try ClipLabels(contentsOf: $0, by: "object") }
    var objects: [(name: String, elevations: Result<[String], FileError>)] = []
    for name in try Self.sorted(DataFile.names(in: root)) {
      let folder = root.appending(path: name)
      do {
        try DataFile.requireUTF8(folder)
        guard try DataFile.isFolder(folder) else { continue }
        let elevations = try Self.sorted(DataFile.names(in: folder)).filter { $0.hasPrefix("elevation_") }
        if !elevations.isEmpty { objects.append((name, .success(elevations))) }
      } catch let error as FileError {
        objects.append((name, .failure(error)))
      }
    }
    guard objects.count >= 2 else {
      throw FileError(
        root,
        "\(objects.count) folder\(objects.count == 1 ? "" : "s") with folders elevation_E there, expected "
          + "at least 2: one per object, and the last 15 % are held out")
    }
    let training = objects.count * 85 / 100
    entries = objects.enumerated().flatMap { index, object -> [Entry] in
      let split = index < training ? Split.training : .heldOut
      switch object.elevations {
      case .failure(let error):
        return [Entry(name: object.name, object: object.name, split: split, folder: .failure(error))]
      case .success(let elevations):
        return elevations.map {
          let name = "\(object.name)/\($0)"
          return Entry(
            name: name, object: object.name, split: split, folder: .success(root.appending(path: name)))
        }
      }
    }
    foreignRows = try self.labels?.foreignRows(objects.map(\.name), of: "folder of an object")
    channels = isGrey || Self.areGrey(entries.compactMap { try? $0.folder.get() }) ? 1 : 3
  }

  package var count: Int { entries.count }
  package func name(at index: Int) -> String { entries[index].name }

  package func clip(at index: Int) throws -> PreparedClip {
    let entry = entries[index]
    let shape = FrameShape(imageSize: imageSize, channels: channels)
    let known = try labels?.known(entry.object)
    let frames = try Self.pictures(in: entry.folder.get()).map { try shape.fit(Self.picture($0), from: $0).planes }
    return PreparedClip(
      name: entry.name, split: known?.split ?? entry.split, labels: known?.labels ?? [],
      factors: (0..<Self.views).map { Azimuth.factors(view: $0, of: Self.views) }, frames: frames, isCircular: true)
  }

  private static let sides = 8...4096

  /// Decodes a picture, and checks its size.
  private static func picture(_ url: URL) throws -> PNGImage {
    let data = try DataFile.read(url)
    let header = try PNGStructure(header: data, from: url.relativePath)
    guard sides.contains(header.width), sides.contains(header.height) else {
      throw FileError(
        url, "\(header.width) x \(header.height) px, expected \(sides.lowerBound) to \(sides.upperBound) per side"
      )
    }
    return try PNGImage(data, from: url.relativePath)
  }

  // MARK: Listing

  /// The pictures of a turn in the order of their views.
  private static func pictures(in folder: URL) throws -> [URL] {
    let names = Set(try DataFile.names(in: folder))
    let expected = (1...views).map { "p200-64_\($0).png" }
    let missing = expected.filter { !names.contains($0) }
    guard missing.isEmpty else {
      throw FileError(
        folder, "\(views - missing.count) of \(views) views: \(missing[0]) is missing")
    }
    return expected.map { folder.appending(path: $0) }
  }

  /// Whether every picture whose header can be read is stored grey.
  private static func areGrey(_ folders: [URL]) -> Bool {
    folders.allSatisfy { folder in
      ((try? pictures(in: folder)) ?? []).allSatisfy { (try? PNGStructure(headerOf: $0))?.isGrey ?? true }
    }
  }

  /// Names that are not hidden, sorted by their bytes.
  private static func sorted(_ names: [String]) -> [String] {
    names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

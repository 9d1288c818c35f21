import Files
import Foundation
import TensorEngine

/// Small NORB (LeCun, Huang and Bottou 2004): 50 toys of 5 categories from 9 elevations, under 6 lightings, on a
/// turntable that stops 18 times.
///
/// A clip is one turn of the table: one toy, elevation and lighting, seen by one camera. The splits are the data set's
/// own: the toys in its training files are for training, those in its testing files are held out.
package struct SmallNORB: IndexedClipReader {
  /// The cameras whose images become clips; the right one sees the same turn from beside the left one.
  package enum Cameras: String, CaseIterable, Sendable {
    case left
    case both
  }

  static let categories = ["animal", "human", "airplane", "truck", "car"]
  static let azimuths = 18
  /// Numbers of categories, instances, elevations, azimuths (stored doubled) and lightings in the files.
  private static let extents = (categories: 5, instances: 10, elevations: 9, azimuths: 2 * azimuths, lightings: 6)

  /// A turn of the table; turns are sorted by these properties, in this order.
  private struct Turn: Hashable, Comparable {
    let category: Int
    let instance: Int
    let elevation: Int
    let lighting: Int

    private var place: [Int] { [category, instance, elevation, lighting] }
    static func < (a: Turn, b: Turn) -> Bool { a.place.lexicographicallyPrecedes(b.place) }
  }

  private struct Entry {
    let split: Split
    let turn: Turn
    let camera: Int
    /// Positions of the images in their file by azimuth; one each if the files are correct.
    let images: [Int: [Int]]
  }

  package let imageSize: Int
  package let channels = 1
  package let classes = [ClipClass("class", categories)]
  package let factors = [Azimuth.factor]
  private let images: [Split: NORBImages]
  private let scaling: [Split: Resampling]
  private let entries: [Entry]

  /// Reads the labels of the images; the images themselves are read with their clips.
  /// - Parameters:
  ///   - root: folder of the six files with their original names, each plain or with `.gz`.
  ///   - scratch: an existing folder with room for the decompressed images of the gzipped files.
  /// - Throws: `FileError` if a file is missing, damaged or does not fit the others, or `scratch` is too small.
  package init(root: URL, cameras: Cameras = .both, imageSize: Int = 64, scratch: URL) throws {
    self.imageSize = imageSize
    var images: [Split: NORBImages] = [:]
    var entries: [Entry] = []
    for split in Split.allCases {
      let pictures = try NORBImages(Self.find("dat", of: split, in: root), scratch: scratch)
      let turns = try Self.turns(split, in: root, count: pictures.count)
      images[split] = pictures
      for turn in turns.keys.sorted() {
        for camera in 0..<(cameras == .left ? 1 : NORBImages.cameras) {
          entries.append(Entry(split: split, turn: turn, camera: camera, images: turns[turn]!))
        }
      }
    }
    self.images = images
    self.entries = entries
    scaling = images.mapValues {
      Resampling(height: $0.height, width: $0.width, toHeight: imageSize, toWidth: imageSize)
    }
  }

  package var count: Int { entries.count }

  package func name(at index: Int) -> String {
    let (turn, camera) = (entries[index].turn, entries[index].camera)
    return "\(Self.categories[turn.category])-\(turn.instance)-elevation-\(turn.elevation)-lighting-\(turn.lighting)-"
      + (camera == 0 ? "left" : "right")
  }

  package func clip(at index: Int) throws -> PreparedClip {
    let entry = entries[index]
    let frames = try (0..<Self.azimuths).map { azimuth in
      let found = entry.images[azimuth] ?? []
      guard found.count == 1 else {
        throw FileError("\(found.count) images of azimuth \(azimuth * 360 / Self.azimuths) degrees, expected one")
      }
      return scaling[entry.split]!.pixels(
        try images[entry.split]!.image(found[0], camera: entry.camera), channels: 1)
    }
    return PreparedClip(
      name: name(at: index), split: entry.split, labels: [entry.turn.category],
      factors: (0..<Self.azimuths).map { Azimuth.factors(view: $0, of: Self.azimuths) }, frames: frames,
      isCircular: true)
  }

  // MARK: Reading

  /// The positions of the images of each turn by azimuth.
  private static func turns(_ split: Split, in root: URL, count: Int) throws -> [Turn: [Int: [Int]]] {
    let categoryFile = try find("cat", of: split, in: root)
    let infoFile = try find("info", of: split, in: root)
    let category = try NORBMatrix(contentsOf: categoryFile, dimensions: 1)
    let info = try NORBMatrix(contentsOf: infoFile, dimensions: 2)
    guard category.extents == [count] else {
      throw FileError(categoryFile, "\(category.extents[0]) categories, but there are \(count) image pairs")
    }
    guard info.extents == [count, 4] else {
      throw FileError(
        infoFile,
        "\(Shape(info.extents)) numbers, expected (\(count), 4): instance, elevation, azimuth and "
          + "lighting of each image pair")
    }
    func check(_ what: String, _ value: Int, below limit: Int, _ image: Int, _ file: URL) throws -> Int {
      guard (0..<limit).contains(value) else {
        throw FileError(file, "\(what) \(value) of image pair \(image), expected 0 to \(limit - 1)")
      }
      return value
    }
    var turns: [Turn: [Int: [Int]]] = [:]
    for image in 0..<count {
      func fact(_ column: Int, _ what: String, below limit: Int) throws -> Int {
        try check(what, info.values[4 * image + column], below: limit, image, infoFile)
      }
      let turn = Turn(
        category: try check("category", category.values[image], below: extents.categories, image, categoryFile),
        instance: try fact(0, "instance", below: extents.instances),
        elevation: try fact(1, "elevation", below: extents.elevations),
        lighting: try fact(3, "lighting", below: extents.lightings))
      let azimuth = try fact(2, "azimuth", below: extents.azimuths)
      guard azimuth.isMultiple(of: 2) else {
        throw FileError(infoFile, "azimuth \(azimuth) of image pair \(image), expected an even number")
      }
      turns[turn, default: [:]][azimuth / 2, default: []].append(image)
    }
    return turns
  }

  /// The file of a part, plain or gzipped, with its original name.
  private static func find(_ kind: String, of split: Split, in root: URL) throws -> URL {
    let part = split == .training ? "5x46789x9x18x6x2x96x96-training" : "5x01235x9x18x6x2x96x96-testing"
    let name = "smallnorb-\(part)-\(kind).mat"
    let found = [name, name + ".gz"].map { root.appending(path: $0) }.first { access($0.path, F_OK) == 0 }
    guard let found else {
      throw FileError(root, "no \(name) or \(name).gz there; put the six files of small NORB into one folder")
    }
    return found
  }
}

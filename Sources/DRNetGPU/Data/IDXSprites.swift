import Files
import Foundation
import TensorEngine

/// Grey images of an IDX data set, such as MNIST, as sprites scaled to one size. A single object is grey; of several,
/// the first is red, the second green, the third blue, unless grey is requested.
public struct IDXSprites: SpriteSource {
  private let name: String
  private let images: [Split: ImageSet]
  private let scaling: Resampling
  private let classCount: Int
  /// Height and width of a picture in pixels.
  public let spriteSize: Int
  private let isGrey: Bool

  /// Reads a data set from a folder that holds `train-images-idx3-ubyte` and `t10k-images-idx3-ubyte` (plain, with
  /// `.gz`, or with a dot before `idx3`) and optionally their labels; or from one IDX image file, of which the last
  /// 15 % are held out.
  /// - Parameters:
  ///   - name: name of the data set in `summary`.
  ///   - root: the folder or the file.
  ///   - spriteSize: height and width to scale images to, in pixels.
  ///   - isGrey: whether several objects are grey, too.
  /// - Throws: `FileError` if files are missing, damaged or do not fit each other.
  public init(name: String, root: URL, spriteSize: Int = 32, isGrey: Bool = false) throws {
    func sprites(_ training: ImageSet, _ heldOut: ImageSet) -> IDXSprites {
      IDXSprites(name: name, training: training, heldOut: heldOut, spriteSize: spriteSize, isGrey: isGrey)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
      throw FileError(root, "no such folder or file. \(Self.advice)")
    }
    if isFolder.boolValue {
      let training = try Self.read(Self.find("train-images-idx3-ubyte", in: root))
      let heldOut = try Self.read(Self.find("t10k-images-idx3-ubyte", in: root))
      guard training.height == heldOut.height && training.width == heldOut.width else {
        throw FileError(
          root,
          "training images are \(training.height) x \(training.width), "
            + "t10k images \(heldOut.height) x \(heldOut.width): expected one size")
      }
      self = sprites(training, heldOut)
    } else {
      let all = try Self.read(root)
      guard all.count > 1 else { throw FileError(root, "one image, expected two or more to hold some out") }
      let heldOut = max(1, all.count * 15 / 100)
      self = sprites(all.part(0..<all.count - heldOut), all.part(all.count - heldOut..<all.count))
    }
  }

  private init(name: String, training: ImageSet, heldOut: ImageSet, spriteSize: Int, isGrey: Bool) {
    self.name = name
    self.spriteSize = spriteSize
    self.isGrey = isGrey
    images = [.training: training, .heldOut: heldOut]
    scaling = Resampling(
      height: training.height, width: training.width, toHeight: spriteSize, toWidth: spriteSize)
    if let largest = training.labels?.max(), let largestHeldOut = heldOut.labels?.max() {
      classCount = Int(max(largest, largestHeldOut)) + 1
    } else {
      classCount = 0
    }
  }

  static let debianFolder = URL(fileURLWithPath: "/usr/share/datasets/fashion-mnist")
  static let advice =
    "Install Debian's package dataset-fashion-mnist (for --data fashion), or name a folder of IDX files with --data-root"

  // MARK: Drawing

  /// 1 for a single object or if grey is requested, otherwise 3.
  public func channels(objects: Int) -> Int { isGrey || objects == 1 ? 1 : 3 }
  /// The labels as text; empty if the data have none.
  public var classNames: [String] { (0..<classCount).map(String.init) }
  /// One line for the user.
  public var summary: String {
    "\(name): \(spriteCount(.training)!) training and \(spriteCount(.heldOut)!) held-out images of "
      + "\(scaling.inputHeight) x \(scaling.inputWidth) px scaled to \(spriteSize) x \(spriteSize)"
  }
  /// Number of images in a split.
  public func spriteCount(_ split: Split) -> Int? { images[split]!.count }

  /// Draws the image of object `index` of `objects`.
  public func drawSprite(
    _ split: Split, object index: Int, of objects: Int, random: inout CounterRandom
  ) -> Sprite {
    let picture = random.integer(in: 0...images[split]!.count - 1)
    return sprite(split, picture, colour: channels(objects: objects) == 1 ? [1] : (0..<3).map { $0 == index ? 1 : 0 })
  }

  func sprite(_ split: Split, _ index: Int, colour: [Float]) -> Sprite {
    let set = images[split]!
    let start = index * scaling.inputHeight * scaling.inputWidth
    let coverage = set.pixels.withUnsafeBufferPointer { pixels in
      scaling.plane { Float(pixels[start + $0]) / 255 }
    }
    let label = set.labels.map { Int($0[$0.startIndex + index]) } ?? 0
    return Sprite(label: label, coverage: coverage, colour: colour)
  }

  // MARK: Reading

  private struct ImageSet {
    let count: Int
    let height: Int
    let width: Int
    let pixels: ArraySlice<UInt8>
    let labels: ArraySlice<UInt8>?

    func part(_ range: Range<Int>) -> ImageSet {
      ImageSet(
        count: range.count, height: height, width: width,
        pixels: pixels[range.lowerBound * height * width..<range.upperBound * height * width],
        labels: labels?[range])
    }
  }

  /// Reads images, and the labels beside them with the matching name.
  private static func read(_ url: URL) throws -> ImageSet {
    let file = try IDXFile(contentsOf: url, dimensions: 3)
    let extents = file.extents
    guard extents[1] <= 4096 && extents[2] <= 4096 else {
      throw FileError(url, "images of \(extents[1]) x \(extents[2]) px, expected at most 4096 x 4096")
    }
    var labels: ArraySlice<UInt8>?
    let stem = url.lastPathComponent.replacingOccurrences(of: ".gz", with: "")
    let labelStem = stem.replacingOccurrences(of: "images", with: "labels").replacingOccurrences(
      of: "idx3", with: "idx1")
    if labelStem != stem, let labelFile = existing(labelStem, in: url.deletingLastPathComponent()) {
      let read = try IDXFile(contentsOf: labelFile, dimensions: 1)
      guard read.extents[0] == extents[0] else {
        throw FileError(
          labelFile, "\(read.extents[0]) labels, but \(url.lastPathComponent) holds \(extents[0]) images")
      }
      labels = read.values[...]
    }
    return ImageSet(count: extents[0], height: extents[1], width: extents[2], pixels: file.values[...], labels: labels)
  }

  private static func find(_ stem: String, in folder: URL) throws -> URL {
    guard let found = existing(stem, in: folder) else {
      throw FileError(folder, "no \(stem) or \(stem).gz there. \(advice)")
    }
    return found
  }

  private static func existing(_ stem: String, in folder: URL) -> URL? {
    let names = [stem, stem.replacingOccurrences(of: "-idx", with: ".idx")].flatMap { [$0, $0 + ".gz"] }
    return names.map { folder.appendingPathComponent($0) }.first { FileManager.default.fileExists(atPath: $0.path) }
  }
}

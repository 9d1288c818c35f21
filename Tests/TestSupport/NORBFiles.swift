import CZlib
import DRNetGPU
import Foundation

/// Writes files of small NORB: the real layout under the real names, few and small images.
public enum NORBFiles {
  /// What one image pair shows; the azimuth is stored doubled.
  public struct Pair {
    public var category: Int
    public var instance: Int
    public var elevation: Int
    public var azimuth: Int
    public var lighting: Int
  }

  static let parts: [Split: String] = [
    .training: "5x46789x9x18x6x2x96x96-training", .heldOut: "5x01235x9x18x6x2x96x96-testing",
  ]

  public static func name(_ kind: String, _ split: Split) -> String { "smallnorb-\(parts[split]!)-\(kind).mat" }

  /// A matrix file: magic, number of dimensions, at least three extents (1 where they mean nothing), payload.
  public static func matrix(
    magic: UInt32 = 0x1E3D_4C55, dimensions: Int? = nil, _ extents: [Int], _ payload: some Sequence<UInt8>
  ) -> [UInt8] {
    let padded = extents + [Int](repeating: 1, count: max(0, 3 - extents.count))
    return words([Int(magic), dimensions ?? extents.count] + padded) + payload
  }

  public static func words(_ values: [Int]) -> [UInt8] {
    values.flatMap { value in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) } }
  }

  /// A `-dat` file of `side` x `side` px; `level` gives each image's grey.
  public static func dat(_ count: Int, side: Int, level: (_ pair: Int, _ camera: Int) -> UInt8) -> [UInt8] {
    matrix(
      [count, 2, side, side],
      (0..<count).flatMap { pair in
        (0..<2).flatMap { [UInt8](repeating: level(pair, $0), count: side * side) }
      })
  }

  /// A `-cat` file of 32-bit integers, or of bytes.
  public static func cat(_ pairs: [Pair], bytes: Bool = false) -> [UInt8] {
    let values = pairs.map(\.category)
    return bytes
      ? matrix([pairs.count], values.map { UInt8($0) })
      : matrix(magic: 0x1E3D_4C54, [pairs.count], words(values))
  }

  /// An `-info` file of 32-bit integers, or of bytes.
  public static func info(_ pairs: [Pair], bytes: Bool = false) -> [UInt8] {
    let values = pairs.flatMap { [$0.instance, $0.elevation, $0.azimuth, $0.lighting] }
    return bytes
      ? matrix([pairs.count, 4], values.map { UInt8($0) })
      : matrix(magic: 0x1E3D_4C54, [pairs.count, 4], words(values))
  }

  /// All pairs of some turns, in an order that mixes them.
  public static func turns(_ turns: [(category: Int, instance: Int, elevation: Int, lighting: Int)]) -> [Pair] {
    let ordered = turns.flatMap { turn in
      (0..<18).map {
        Pair(
          category: turn.category, instance: turn.instance, elevation: turn.elevation, azimuth: 2 * $0,
          lighting: turn.lighting)
      }
    }
    // 7 and the number of pairs have no common divisor.
    precondition(!ordered.count.isMultiple(of: 7))
    return ordered.indices.map { ordered[$0 * 7 % ordered.count] }
  }

  /// Grey of an image: says the turn, the azimuth and the camera.
  public static func level(_ pair: Pair, camera: Int) -> UInt8 {
    UInt8(pair.azimuth / 2 + 20 * (pair.category + pair.elevation) + 120 * camera)
  }

  /// Writes the six files.
  public static func write(
    training: [Pair], heldOut: [Pair], side: Int = 12, gzipped: Bool = false, bytes: Bool = false, to folder: URL
  ) throws {
    for (split, pairs) in [(Split.training, training), (.heldOut, heldOut)] {
      let files = [
        ("dat", dat(pairs.count, side: side) { level(pairs[$0], camera: $1) }), ("cat", cat(pairs, bytes: bytes)),
        ("info", info(pairs, bytes: bytes)),
      ]
      for (kind, content) in files {
        let file = folder.appending(path: name(kind, split) + (gzipped ? ".gz" : ""))
        try Data(gzipped ? gzip(content) : content).write(to: file)
      }
    }
  }

  public static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let url = FileManager.default.temporaryDirectory.appending(path: "drnet-\(UUID().uuidString).gz")
    defer { try? FileManager.default.removeItem(at: url) }
    let file = gzopen(url.path, "wb")
    gzwrite(file, bytes, UInt32(bytes.count))
    gzclose(file)
    return Array(try Data(contentsOf: url))
  }
}

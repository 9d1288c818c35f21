import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct SUNCGChairsTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  /// The pictures of a turn, `side` px; the level says object and view.
  private func writeTurn(_ object: String, _ elevation: Int, level: Int, side: Int = 64, channels: Int = 1) throws {
    for view in 1...36 {
      let pixel = (0..<channels).map { UInt8(level + view + 40 * $0) }
      let pixels = (0..<side * side).flatMap { _ in pixel }
      try folder.write(
        "\(object)/elevation_\(elevation)/p200-64_\(view).png",
        PNGImage(width: side, height: side, channels: channels, pixels: pixels).pngData())
    }
  }

  private func path(_ clip: String, _ view: Int) -> String { "\(clip)/p200-64_\(view).png" }

  private func line(_ body: () throws -> Void) -> String? {
    dataErrorLine(body)?.replacingOccurrences(of: folder.url.path, with: "DIR")
  }

  @Test func clipsAreTurnsAndTheLastObjectsAreHeldOut() throws {
    for (index, object) in ["b10", "a", "b2", "B"].enumerated() {
      for elevation in 0..<2 { try writeTurn(object, elevation, level: 30 * index + 100 * elevation, side: 8) }
    }
    try folder.write("list.txt", [])
    try folder.write("a/notes.txt", [])
    try folder.write(".hidden/elevation_0/p200-64_1.png", [])
    let chairs = try SUNCGChairs(root: folder.url)
    #expect(chairs.channels == 1 && chairs.imageSize == 64 && chairs.classes.isEmpty)
    // Names are ordered by their bytes; 85 % of four objects are three.
    #expect(
      (0..<chairs.count).map(chairs.name)
        == ["B", "a", "b10", "b2"].flatMap { ["\($0)/elevation_0", "\($0)/elevation_1"] })
    let levels = [90, 30, 0, 60]
    for index in 0..<8 {
      let clip = try chairs.clip(at: index)
      #expect(clip.name == chairs.name(at: index) && clip.labels.isEmpty && clip.isCircular)
      #expect(clip.split == (index < 6 ? .training : .heldOut))
      let level = levels[index / 2] + 100 * (index % 2)
      #expect(clip.frames == (1...36).map { [UInt8](repeating: UInt8(level + $0), count: 4096) })
      #expect(clip.factors.count == 36 && clip.factors[0] == [1, 0] && abs(clip.factors[9][1] - 1) < 1e-6)
    }
  }

  @Test func aTableOfObjectsGivesClassesAndSplits() throws {
    for object in ["a", "b", "c"] { for elevation in 0..<2 { try writeTurn(object, elevation, level: 9, side: 8) } }
    let table = try folder.write("chairs.csv", "object,kind,split\nb,stool,heldOut\na,sofa,training\n".utf8)
    let chairs = try SUNCGChairs(root: folder.url, labels: table)
    #expect(chairs.classes == [ClipClass("kind", ["sofa", "stool"])])
    let clips = try CollectedClips(chairs)
    #expect(try clips.clip("a/elevation_1").labels == [0] && clips.clip("a/elevation_1").split == .training)
    #expect(try clips.clip("b/elevation_0").labels == [1] && clips.clip("b/elevation_0").split == .heldOut)
    #expect(clips.problem("c/elevation_0")?.hasSuffix("chairs.csv: no row for c") == true)
  }

  @Test func oneColouredTurnMakesTheSetColoured() throws {
    try writeTurn("a", 0, level: 0)
    try writeTurn("b", 0, level: 10, channels: 3)
    let chairs = try SUNCGChairs(root: folder.url, imageSize: 128)
    #expect(chairs.channels == 3)
    let plane = 128 * 128
    func planes(_ levels: [UInt8]) -> [UInt8] { levels.flatMap { [UInt8](repeating: $0, count: plane) } }
    #expect(try chairs.clip(at: 0).frames[4] == planes([5, 5, 5]))
    #expect(try chairs.clip(at: 1).frames[4] == planes([15, 55, 95]))
    let grey = try SUNCGChairs(root: folder.url, isGrey: true)
    #expect(grey.channels == 1)
    // 0.299 * 15 + 0.587 * 55 + 0.114 * 95 = 47.6
    #expect(try grey.clip(at: 1).frames[4] == [UInt8](repeating: 48, count: 4096))
  }

  @Test func brokenTurnsAreNamedAndTheOthersRead() throws {
    for object in ["a", "b", "c"] { for elevation in 0..<2 { try writeTurn(object, elevation, level: 0, side: 8) } }
    let manager = FileManager.default
    try manager.removeItem(at: folder.url.appending(path: path("a/elevation_0", 17)))
    try folder.write(path("a/elevation_1", 3), Array("GIF89a".utf8))
    try folder.write(path("b/elevation_0", 36), PNGImage(width: 1, height: 1, channels: 1, pixels: [0]).pngData())
    let loop = folder.url.appending(path: path("b/elevation_1", 1))
    try manager.removeItem(at: loop)
    try manager.createSymbolicLink(at: loop, withDestinationURL: loop)
    var huge = try PNGImage(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 0, count: 64)).pngData()
    huge.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
    try folder.write(path("c/elevation_0", 2), huge)
    let round = folder.url.appending(path: "d")
    try manager.createSymbolicLink(at: round, withDestinationURL: round)
    #expect(mkdir(Self.badName(in: folder.url), 0o755) == 0)
    let chairs = try SUNCGChairs(root: folder.url)
    let lines = (0..<chairs.count).map { index in line { _ = try chairs.clip(at: index) } }
    #expect(
      lines == [
        "DIR/a/elevation_0: 35 of 36 views: p200-64_17.png is missing",
        "DIR/a/elevation_1/p200-64_3.png: not a PNG file",
        "DIR/b/elevation_0/p200-64_36.png: 1 x 1 px, expected 8 to 4096 per side",
        "DIR/b/elevation_1/p200-64_1.png: cannot read: Too many levels of symbolic links",
        "DIR/c/elevation_0/p200-64_2.png: 2147483647 x 2147483647 px, expected 8 to 4096 per side",
        nil,
        "DIR/d: cannot read: Too many levels of symbolic links",
        "DIR/e\u{FFFD}: a name that is not UTF-8; rename it",
      ])
    #expect(chairs.name(at: 6) == "d")
  }

  /// A path that ends in a byte that no UTF-8 text holds.
  private static func badName(in folder: URL) -> [CChar] {
    (folder.path + "/e").utf8CString.dropLast() + [CChar(bitPattern: 0xFF), 0]
  }

  @Test func foldersWithoutChairsAreNamed() throws {
    let expected = "expected at least 2: one per object, and the last 15 % are held out"
    #expect(
      line { _ = try SUNCGChairs(root: folder.url) } == "DIR: 0 folders with folders elevation_E there, \(expected)")
    try writeTurn("a", 0, level: 0)
    try folder.write("b/picture.png", [])
    #expect(
      line { _ = try SUNCGChairs(root: folder.url) } == "DIR: 1 folder with folders elevation_E there, \(expected)")
    #expect(
      line { _ = try SUNCGChairs(root: folder.url.appending(path: "none")) }
        == "DIR/none: cannot read: there is no such file or folder; check the path")
  }
}

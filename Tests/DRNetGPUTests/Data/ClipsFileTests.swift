import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

@Suite struct ClipsFileTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  private var url: URL { folder.url.appending(path: "set.clips") }
  private var partial: URL { folder.url.appending(path: "set.clips.partial") }

  /// Clips of 64 px whose every value is clip * 20 + frame * 3 + channel; clip 2 is broken.
  private struct Clips: IndexedClipReader {
    let imageSize = 64
    var channels = 1
    var classes = [ClipClass("class", ["a", "b"]), ClipClass("size", ["s", "m", "l"])]
    var factors = [ClipFactor("clip", size: 1), ClipFactor("height", size: 1)]
    var isCircular = false
    var lengths = [4, 5, 1, 6]

    var count: Int { lengths.count }
    func name(at index: Int) -> String { "clip \(index)" }
    func clip(at index: Int) throws -> PreparedClip {
      if index == 2 { throw FileError("torn") }
      let frames = (0..<lengths[index]).map { frame in
        (0..<channels).flatMap { [UInt8](repeating: UInt8(index * 20 + frame * 3 + $0), count: 4096) }
      }
      return PreparedClip(
        name: name(at: index), split: index == 3 ? .heldOut : .training,
        labels: classes.isEmpty ? [] : [index % 2, index % 3],
        factors: factors.isEmpty ? [] : frames.indices.map { [Float(index), Float($0) / 3] }, frames: frames,
        isCircular: isCircular)
    }
  }

  private func write(_ clips: Clips, upTo end: Int = .max, replacing: Bool = false) throws {
    let writer = try ClipsFileWriter(url, for: clips, replacing: replacing)
    try clips.readClips(from: writer.firstSource) { index, reading in
      guard index < end else { return }
      switch reading {
      case .clip(let clip): try writer.append(clip, from: clip.name)
      case .broken(let name, let error): _ = try writer.skip(name, from: name, because: error.description)
      case .remark: break
      }
    }
    if end == .max { try writer.finish() }
  }

  private func line(_ body: () throws -> Void) -> String? {
    dataErrorLine(body)?.replacingOccurrences(of: folder.url.path, with: "DIR")
  }

  @Test(arguments: [1, 3]) func clipsComeBackAsTheyWere(channels: Int) throws {
    try write(Clips(channels: channels))
    #expect(!FileManager.default.fileExists(atPath: partial.path))
    let file = try ClipsFile(contentsOf: url, minimumFrames: 4)
    #expect(file.clipCount(.training) == 2 && file.clipCount(.heldOut) == 1)
    #expect(file.classes == Clips().classes && file.factors == Clips().factors && file.channels == channels)
    #expect(
      file.summary.hasSuffix(
        "2 training and 1 held-out clips, 15 frames of 64 x 64 px, \(channels == 1 ? "grey" : "colour")"))
    var anchors: [Int: Set<Int>] = [:]
    for split in Split.allCases {
      let clips = try file.clips(step: 0, size: 60, length: 4, split: split, seed: 1, purpose: .data)
      for clip in clips {
        for frame in 0..<4 {
          let factors = file.factors(of: clip, frame: frame)
          let (index, place) = (Int(factors[0]), Int(factors[1] * 3 + 0.5))
          #expect(file.labels(of: clip) == [index % 2, index % 3] && (index == 3) == (split == .heldOut))
          if frame == 0 { anchors[index, default: []].insert(place) }
          let levels = (0..<channels).map { Float(index * 20 + place * 3 + $0) / 255 }
          let values = try file.frames(of: [clip], at: frame)
          #expect(
            values == HostTensor(Shape(1, channels, 64, 64), levels.flatMap { [Float](repeating: $0, count: 4096) }))
        }
      }
    }
    #expect(anchors == [0: [0], 1: [0, 1], 3: [0, 1, 2]])
  }

  /// Files of the first version, see docs/data/clips.md.
  @Test func theFirstVersionIsRead() throws {
    let corpus = URL(filePath: #filePath).appending(path: "../../../Fixtures/Corpus/clips/colour").standardizedFileURL
    let file = try ClipsFile(contentsOf: corpus, minimumFrames: 2, imageSize: 2)
    #expect(file.classes == [ClipClass("class", ["a"])] && file.factors == [ClipFactor("height", size: 1)])
    let clip = try file.clips(step: 0, size: 1, length: 2, split: .heldOut, seed: 1, purpose: .data)[0]
    #expect(file.labels(of: clip) == [0])
    #expect(Set((0..<2).map { file.factors(of: clip, frame: $0) }) == [[0], [1.5]])
  }

  @Test func differentClipsAreEachOnce() throws {
    try write(Clips(lengths: [4, 5, 1, 6, 4, 7]))
    let file = try ClipsFile(contentsOf: url, minimumFrames: 4)
    func places(_ seed: UInt64, _ count: Int = 4) throws -> [Float] {
      try file.differentClips(
        step: 0, size: count, length: 4, split: .training, seed: seed, purpose: .tests
      ).map { file.factors(of: $0, frame: 0)[0] }
    }
    #expect(try Set(places(1)) == [0, 1, 4, 5] && places(1) == places(1))
    #expect(try Set((0..<20).map { try places($0, 2) }).count > 6)
  }

  @Test func circularClipsGoOnAndOn() throws {
    try write(Clips(isCircular: true))
    let file = try ClipsFile(contentsOf: url, minimumFrames: 50)
    let clips = try file.clips(step: 0, size: 60, length: 50, split: .heldOut, seed: 1, purpose: .data)
    let places = clips.map { clip in (0..<50).map { Int(file.factors(of: clip, frame: $0)[1] * 3 + 0.5) } }
    #expect(Set(places.map { $0[0] }) == Set(0..<6))
    #expect(places.allSatisfy { places in places.indices.allSatisfy { places[$0] == (places[0] + $0) % 6 } })
    #expect(try file.frames(of: clips, at: 49).values.count == 60 * 4096)
  }

  @Test func colourBecomesGreyWhereItIsAskedFor() throws {
    try write(Clips(channels: 3))
    let file = try ClipsFile(contentsOf: url, minimumFrames: 6 - 2, isGrey: true)
    let clip = try file.clips(step: 0, size: 1, length: 4, split: .heldOut, seed: 1, purpose: .data)
    let level = PNGImage.luma(red: 60, green: 61, blue: 62)
    let place = UInt8(file.factors(of: clip[0], frame: 0)[1] * 3 + 0.5)
    #expect(try file.frames(of: clip, at: 0).values == [Float](repeating: Float(level + 3 * place) / 255, count: 4096))
  }

  @Test func whatDoesNotFitIsNamed() throws {
    try write(Clips(classes: [], factors: []))
    let file = try ClipsFile(contentsOf: url, minimumFrames: 5)
    #expect(file.summary.contains("1 training and 1 held-out clips (1 more are shorter than 5 frames)"))
    #expect(
      try #require(line { _ = try ClipsFile(contentsOf: url, minimumFrames: 6) })
        .hasPrefix("DIR/set.clips: the longest training clip has 5 frames, but clips of 6 are needed"))
    #expect(
      try #require(line { _ = try ClipsFile(contentsOf: url, minimumFrames: 4, imageSize: 128) })
        .hasPrefix("DIR/set.clips: frames of 64 px, but --image-size is 128"))
    #expect(
      try #require(
        line { _ = try file.clips(step: 0, size: 1, length: 9, split: .heldOut, seed: 1, purpose: .data) }
      ).hasPrefix("DIR/set.clips: clip 3 has 6 frames, but clips of 9"))
    #expect(try #require(line { try write(Clips()) }).hasSuffix("replace it with --force"))
    let opened = try DataSet.clips.open(ClipRequest(root: url, maxStep: 3))
    #expect(opened.clipCount(.training) == 2)
    #expect(
      try #require(line { try write(Clips(lengths: [4, 5, 1]), replacing: true) })
        .hasSuffix("not written: no held-out clip could be read"))
    #expect(!FileManager.default.fileExists(atPath: partial.path))
  }

  @Test func aPreparationGoesOnWhereItStopped() throws {
    try write(Clips())
    let whole = try Data(contentsOf: url)
    for end in 0...4 {
      try FileManager.default.removeItem(at: url)
      try write(Clips(), upTo: end)
      #expect(!FileManager.default.fileExists(atPath: url.path))
      try write(Clips())
      #expect(try Data(contentsOf: url) == whole)
    }
    // The partial file may be cut anywhere: the same file comes out.
    let partialBytes = whole.dropLast(16)
    for length in stride(from: 0, through: partialBytes.count, by: 997) {
      try partialBytes.prefix(length).write(to: partial)
      try FileManager.default.removeItem(at: url)
      try write(Clips())
      #expect(try Data(contentsOf: url) == whole, "\(length) bytes")
    }
    try FileManager.default.removeItem(at: url)
    try write(Clips(), upTo: 2)
    let other = "DIR/set.clips.partial: this is a preparation of other clips or settings; remove it, or use --force"
    let found = line { try write(Clips(channels: 3)) }
    #expect(try #require(found).hasSuffix(other.dropFirst(4)))
    try write(Clips(channels: 3), replacing: true)
    #expect(try ClipsFile(contentsOf: url, minimumFrames: 4).channels == 3)
  }

  @Test func nothingOfOthersIsOverwritten() throws {
    try Data("notes".utf8).write(to: partial)
    #expect(
      try #require(line { try write(Clips()) }).hasSuffix(
        "this is no preparation of drnet's, which would be continued there; move it away"))
    #expect(try Data(contentsOf: partial) == Data("notes".utf8))
    let notes = folder.url.appending(path: "notes")
    try FileManager.default.moveItem(at: partial, to: notes)
    try FileManager.default.createSymbolicLink(at: partial, withDestinationURL: notes)
    #expect(try #require(line { try write(Clips()) }).contains("set.clips.partial: this is a link"))
    #expect(try Data(contentsOf: notes) == Data("notes".utf8))
  }

  @Test func onlyClipsAreReplaced() throws {
    try Data("a video".utf8).write(to: url)
    #expect(try #require(line { try write(Clips(), replacing: true) }).contains("holds something else than clips"))
    #expect(try Data(contentsOf: url) == Data("a video".utf8))
    try FileManager.default.removeItem(at: url)
    mkfifo(url.path, 0o600)
    #expect(try #require(line { try write(Clips(), replacing: true) }).hasSuffix("a pipe or a device, expected a file"))
    #expect(!FileManager.default.fileExists(atPath: partial.path))
  }

  @Test func aPreparationUnderWayIsNotReplaced() throws {
    let writer = try ClipsFileWriter(url, for: Clips())
    defer { withExtendedLifetime(writer) {} }
    #expect(
      try #require(line { try write(Clips(), replacing: true) })
        .hasSuffix("another drnet prepare is writing it; wait until it ends"))
    #expect(FileManager.default.fileExists(atPath: partial.path))
  }

  @Test func twoClipsOfOneNameAreAnError() throws {
    let writer = try ClipsFileWriter(url, for: Clips())
    let clip = try Clips().clip(at: 0)
    try writer.append(clip, from: "clip 0")
    #expect(
      try #require(line { try writer.append(clip, from: "clip 1") })
        .hasSuffix("two clips would be called clip 0; rename one of their files or folders"))
  }

  /// Such as by a copy over it, while a training reads it.
  @Test func aFileThatIsCutShortInUseIsOneLine() throws {
    try write(Clips())
    let file = try ClipsFile(contentsOf: url, minimumFrames: 4)
    var random = CounterRandom(seed: 1, purpose: .data, step: 0, sample: 0)
    let clip = try file.drawClip(.training, length: 4, random: &random)
    truncate(url.path, 100)
    #expect(message { _ = try file.frames(of: [clip], at: 0) }.contains("cut short while it was in use"))
    #expect(!message { _ = try file.drawClip(.heldOut, length: 4, random: &random) }.isEmpty)
  }

  @Test func damageIsOneLine() throws {
    try write(Clips())
    let whole = try Data(contentsOf: url)
    func complaint(_ bytes: Data) throws -> String? {
      try bytes.write(to: url)
      return line {
        let file = try ClipsFile(contentsOf: url, minimumFrames: 4)
        for split in Split.allCases {
          _ = try file.clips(step: 0, size: 30, length: 4, split: split, seed: 1, purpose: .data)
        }
      }
    }
    #expect(try complaint(whole) == nil)
    #expect(try (complaint(Data("GIF89a".utf8)) ?? "").contains("not a file of prepared clips"))
    #expect(try (complaint(whole.dropLast()) ?? "").contains("truncated"))
    #expect(try (complaint(Data()) ?? "").contains("not a file of prepared clips"))
    for position in [9, 20, 30, 200, 5000, whole.count - 300, whole.count - 20, whole.count - 12, whole.count - 9] {
      var damaged = whole
      damaged[position] ^= 0x10
      let message = try complaint(damaged) ?? "byte \(position) went unnoticed"
      #expect(message.hasPrefix("DIR/set.clips: ") && !message.contains("\n"))
    }
    for length in stride(from: 0, to: whole.count, by: 1009) {
      let message = try complaint(whole.prefix(length)) ?? "\(length) bytes went unnoticed"
      #expect(message.hasPrefix("DIR/set.clips: ") && !message.contains("\n"))
    }
  }
}

import Files
import Foundation
import Synchronization
import TensorEngine

/// A file of prepared clips, as `drnet prepare` writes it. Frames are read when they are drawn, so that memory does not
/// grow with the file. The pixels of a clip are checked against their checksum when it is first drawn.
public struct ClipsFile: LabelledSource {
  /// A clip of the file and its anchor, the frame that counts as 0.
  public struct Clip: Sendable {
    fileprivate let entry: Int
    fileprivate let anchor: Int
    /// Position in the file of the pixels of the clip's first frame.
    fileprivate let pixels: Int
  }

  /// Height and width of the frames in pixels.
  public let imageSize: Int
  /// Channels of a frame: 1 (grey) or 3 (RGB).
  public let channels: Int
  /// What is known of a clip as a whole; empty if nothing is.
  public let classes: [ClipClass]
  /// What is known to change within a clip; empty if nothing is.
  public let factors: [ClipFactor]
  /// Path, number of clips and frames, size and colour, in one line.
  public let summary: String
  private let url: URL
  private let input: InputFile
  private let header: ClipsFormat.Header
  private let entries: [ClipsFormat.Entry]
  /// Positions in `entries` of the clips that are long enough.
  private let splits: [Split: [Int]]
  /// The part of the file that may hold blocks.
  private let blocks: Range<Int>
  private let checked: Checked

  /// Clips whose pixels were checked.
  private final class Checked: Sendable {
    let entries = Mutex<Set<Int>>([])
  }

  /// Opens the file and reads its index.
  /// - Parameters:
  ///   - url: the file.
  ///   - minimumFrames: shorter clips are left out, unless they are circular.
  ///   - imageSize: the expected height and width of the frames in pixels.
  ///   - isGrey: whether to convert frames to one channel.
  /// - Throws: `FileError` if the file is no file of prepared clips, is damaged, has frames of another size, or has no
  ///   clip that is long enough in a split.
  public init(contentsOf url: URL, minimumFrames: Int, imageSize: Int = 64, isGrey: Bool = false) throws {
    let input = try InputFile(url)
    let (header, entries, blocks) = try Self.contents(input)
    guard header.imageSize == imageSize else {
      throw FileError(
        url,
        "frames of \(header.imageSize) px, but --image-size is \(imageSize); prepare the clips again with "
          + "--size \(imageSize), or train with --image-size \(header.imageSize)")
    }
    var splits: [Split: [Int]] = [:]
    for split in Split.allCases {
      let all = entries.indices.filter { entries[$0].split == split.rawValue }
      splits[split] = all.filter { entries[$0].isCircular || entries[$0].frames >= minimumFrames }
      if splits[split]!.isEmpty {
        let name = split == .training ? "training" : "held-out"
        guard let longest = all.map({ entries[$0].frames }).max() else {
          throw FileError(url, "there is no \(name) clip; prepare the clips again")
        }
        throw FileError(
          url,
          "the longest \(name) clip has \(longest) frames, but clips of \(minimumFrames) are needed: lower "
            + "--max-step (or the frames that the command asks for)")
      }
    }
    self.url = url
    self.input = input
    self.header = header
    self.entries = entries
    self.blocks = blocks
    self.splits = splits
    self.imageSize = imageSize
    channels = isGrey ? 1 : header.channels
    (classes, factors) = (header.classes, header.factors)
    checked = Checked()
    let short = entries.count - splits.values.reduce(0) { $0 + $1.count }
    summary =
      "\(url.path): \(splits[.training]!.count) training and \(splits[.heldOut]!.count) held-out clips"
      + (short == 0 ? "" : " (\(short) more are shorter than \(minimumFrames) frames)")
      + ", \(entries.reduce(0) { $0 + $1.frames }) frames of \(imageSize) x \(imageSize) px, "
      + (channels == 1 ? "grey" : "colour")
  }

  /// Number of clips of a split that are long enough.
  public func clipCount(_ split: Split) -> Int? { splits[split]!.count }

  /// Draws a clip of the split, each with the same probability, and an anchor in it.
  /// - Throws: `FileError` if the clip is too short or damaged.
  public func drawClip(_ split: Split, length: Int, random: inout CounterRandom) throws -> Clip {
    let candidates = splits[split]!
    return try clip(candidates[random.integer(in: 0...candidates.count - 1)], length: length, random: &random)
  }

  /// The clips of a split that are long enough, as positions in the file's index.
  func entries(of split: Split) -> [Int] { splits[split]! }
  /// The name of the clip at a position in the index.
  func name(of entry: Int) -> String { entries[entry].name }
  /// Number of frames of the clip at a position in the index.
  func frameCount(of entry: Int) -> Int { entries[entry].frames }
  /// The clip at a position in the index, with its first frame as anchor.
  /// - Throws: `FileError` if the clip is damaged.
  func clip(_ entry: Int) throws -> Clip { Clip(entry: entry, anchor: 0, pixels: try pixels(of: entry)) }

  /// Clips of the file, each once, and an anchor in each.
  /// - Throws: `FileError` if a clip is too short or damaged.
  public func differentClips(
    step: Int, size: Int, length: Int, split: Split, seed: UInt64, purpose: CounterRandom.Purpose
  ) throws -> [Clip] {
    var random = CounterRandom(seed: seed, purpose: purpose, step: step)
    let chosen = random.distinct(size, in: 0...splits[split]!.count - 1)
    return try chosen.map { try clip(splits[split]![$0], length: length, random: &random) }
  }

  /// The same clip of the file from another frame on.
  /// - Throws: `FileError` if the clip is too short or damaged.
  public func fromAnotherFrame(_ clip: Clip, length: Int, random: inout CounterRandom) throws -> Clip {
    try self.clip(clip.entry, length: length, random: &random)
  }

  private func clip(_ entry: Int, length: Int, random: inout CounterRandom) throws -> Clip {
    let clip = entries[entry]
    guard clip.isCircular || clip.frames >= length else {
      throw FileError(
        url, "\(clip.name) has \(clip.frames) frames, but clips of \(length) are needed: request fewer frames")
    }
    let anchor = random.integer(in: 0...(clip.isCircular ? clip.frames - 1 : clip.frames - length))
    return Clip(entry: entry, anchor: anchor, pixels: try pixels(of: entry))
  }

  /// Writes frame `index`, counted from the anchor, as (C, H, W) in [0, 1].
  /// - Throws: `FileError` if the frame cannot be read.
  public func render(_ clip: Clip, frame index: Int, into target: UnsafeMutableBufferPointer<Float>) throws {
    let plane = imageSize * imageSize
    let size = plane * header.channels
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { pixels in
      try input.read(at: clip.pixels + place(clip, index) * size, into: UnsafeMutableRawBufferPointer(pixels))
      if channels == header.channels {
        for pixel in 0..<size { target[pixel] = Float(pixels[pixel]) / 255 }
      } else {
        for pixel in 0..<plane {
          let luma = PNGImage.luma(
            red: pixels[pixel], green: pixels[plane + pixel], blue: pixels[2 * plane + pixel])
          target[pixel] = Float(luma) / 255
        }
      }
    }
  }

  /// The value of each of `classes` for a clip.
  public func labels(of clip: Clip) -> [Int] { entries[clip.entry].labels }

  /// The numbers of all `factors` at a frame counted from the anchor.
  public func factors(of clip: Clip, frame index: Int) -> [Float] {
    let factors = entries[clip.entry].factors
    return factors.isEmpty ? [] : factors[place(clip, index)]
  }

  /// A frame's position in its clip.
  private func place(_ clip: Clip, _ index: Int) -> Int {
    let place = clip.anchor + index
    return entries[clip.entry].isCircular ? place % entries[clip.entry].frames : place
  }

  /// The most frames that clips of both splits have; nil if those of one are circular, and have any number.
  var longestFrames: Int? {
    let ofSplits = splits.values.map { split in
      split.map { entries[$0].isCircular ? Int.max : entries[$0].frames }.max() ?? 0
    }
    return ofSplits.min().flatMap { $0 == .max ? nil : $0 }
  }

  /// The CRC-32 of the checksums of the header, of all clips and of the index: what the clips are, whatever the path.
  /// - Throws: `FileError` if a block cannot be read.
  func fingerprint() throws -> UInt32 {
    let starts = [ClipsFormat.signature.count] + entries.map { $0.offset ?? -1 } + [blocks.upperBound]
    return try starts.reduce(0) { sum, start in
      guard (0...blocks.upperBound).contains(start), let prefix = try ClipsFormat.Prefix(input, at: start) else {
        throw FileError(url, "damaged: the place of a block; prepare the clips again")
      }
      return withUnsafeBytes(of: prefix.checksum.littleEndian) { crc32(Array($0), after: sum) }
    }
  }

  // MARK: Reading

  /// Position in the file of a clip's pixels, which are checked the first time.
  private func pixels(of entry: Int) throws -> Int {
    let clip = entries[entry]
    func damaged(_ what: String) -> FileError {
      FileError(url, "damaged: \(what) of \(clip.name); prepare the clips again")
    }
    let start = clip.offset ?? -1
    guard blocks.contains(start), blocks.upperBound - start >= ClipsFormat.prefixSize,
      let prefix = try ClipsFormat.Prefix(input, at: start),
      prefix.pixelLength == ClipsFormat.pixelCount(header, frames: clip.frames),
      prefix.textLength + prefix.pixelLength <= blocks.upperBound - start - ClipsFormat.prefixSize
    else { throw damaged("the place") }
    let content = start + ClipsFormat.prefixSize
    if !checked.entries.withLock({ $0.contains(entry) }) {
      guard try checksum(content..<content + prefix.textLength + prefix.pixelLength) == prefix.checksum else {
        throw damaged("the frames")
      }
      checked.entries.withLock { _ = $0.insert(entry) }
    }
    return content + prefix.textLength
  }

  private func checksum(_ range: Range<Int>) throws -> UInt32 {
    try stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20).reduce(0) { sum, start in
      crc32(try input.bytes(start..<min(start + 1 << 20, range.upperBound)), after: sum)
    }
  }

  /// Header, index, and the part of the file that holds the clips.
  private static func contents(_ input: InputFile) throws -> (ClipsFormat.Header, [ClipsFormat.Entry], Range<Int>) {
    let url = input.url
    let beginning = ClipsFormat.signature.count
    guard try input.bytes(0..<beginning).elementsEqual(ClipsFormat.signature) else {
      throw FileError(url, "not a file of prepared clips; make one with drnet prepare")
    }
    let limit = input.byteCount - 8 - ClipsFormat.ending.count
    let trailer = limit < beginning ? [] : try input.bytes(limit..<input.byteCount)
    guard trailer.dropFirst(8).elementsEqual(ClipsFormat.ending) else {
      throw FileError(url, "truncated: the end of the index is missing; prepare the clips again")
    }
    func damaged(_ what: String) -> FileError {
      FileError(url, "damaged: \(what); prepare the clips again")
    }
    func block(_ what: String, at start: Int) throws -> (text: Data, end: Int) {
      guard start >= 0, start <= limit - ClipsFormat.prefixSize,
        let prefix = try ClipsFormat.Prefix(input, at: start),
        prefix.pixelLength == 0, prefix.textLength <= limit - start - ClipsFormat.prefixSize
      else { throw damaged(what) }
      let content = start + ClipsFormat.prefixSize
      let text = try input.bytes(content..<content + prefix.textLength)
      guard crc32(text) == prefix.checksum else { throw damaged(what) }
      return (Data(text), content + prefix.textLength)
    }
    let first = try block("its header", at: beginning)
    guard let version = try? JSONDecoder().decode(ClipsFormat.Version.self, from: first.text).version else {
      throw damaged("its header")
    }
    guard (1...ClipsFormat.version).contains(version) else {
      throw FileError(
        url, "version \(version) of the format, expected at most \(ClipsFormat.version); use the drnet that made it")
    }
    let start = trailer.withUnsafeBytes {
      Int(truncatingIfNeeded: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))
    }
    let index = try block("its index", at: start)
    guard let (header, entries) = try? decode(version, header: first.text, index: index.text),
      ClipsFormat.pixelCount(header, frames: 1) != nil, areSensible(header.classes, header.factors),
      entries.allSatisfy({ isSensible($0, header) })
    else { throw damaged("its header or its index") }
    return (header, entries, first.end..<max(first.end, start))
  }

  private static func decode(
    _ version: Int, header: Data, index: Data
  ) throws -> (ClipsFormat.Header, [ClipsFormat.Entry]) {
    if version == 1 {
      let former = try ClipsFormatVersion1(header: header, index: index)
      return (former.header, former.entries)
    }
    let decoder = JSONDecoder()
    return (
      try decoder.decode(ClipsFormat.Header.self, from: header),
      try decoder.decode([ClipsFormat.Entry].self, from: index)
    )
  }

  private static func areSensible(_ classes: [ClipClass], _ factors: [ClipFactor]) -> Bool {
    factors.allSatisfy { (1...1 << 20).contains($0.size) } && factors.count <= 1 << 10
      && (classes.map(\.name) + factors.map(\.name)).allSatisfy(ClipsFormat.isName)
      && ClipsFormat.doubledName(classes, factors) == nil
  }

  private static func isSensible(_ entry: ClipsFormat.Entry, _ header: ClipsFormat.Header) -> Bool {
    let numbers = header.factors.reduce(0) { $0 + $1.size }
    return ClipsFormat.pixelCount(header, frames: entry.frames) != nil && Split(rawValue: entry.split ?? "") != nil
      && entry.labels.count == header.classes.count
      && zip(entry.labels, header.classes).allSatisfy { $1.values.indices.contains($0) }
      && entry.factors.count == (header.factors.isEmpty ? 0 : entry.frames)
      && entry.factors.allSatisfy { $0.count == numbers }
  }
}
